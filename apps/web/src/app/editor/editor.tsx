import { checkDocument } from '@sluice/pipeline';
import type { Pipeline } from '@sluice/protocol';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import { useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Canvas } from '../../features/canvas/canvas.tsx';
import { CanvasSlotsProvider } from '../../features/canvas/canvas-slots.tsx';
import { KeysDialog } from '../../features/canvas/keys-dialog.tsx';
import { Palette } from '../../features/canvas/palette.tsx';
import { DeployDialog } from '../../features/deploy/deploy-dialog.tsx';
import { NodeFigures } from '../../features/live/node-figures.tsx';
import { VerdictLine } from '../../features/live/verdict-line.tsx';
import { WireFigures } from '../../features/live/wire-figures.tsx';
import { WireFlow } from '../../features/live/wire-flow.tsx';
import { CanvasProvider } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { useRunState } from '../../lib/live/live-context.tsx';
import { ConnectionBanner } from '../../ui/connection-banner.tsx';
import { Announcer } from './announcer.tsx';
import { BottomDrawer } from './bottom-drawer.tsx';
import { ConflictDialog } from './conflict-dialog.tsx';
import { EditorHeader } from './editor-header.tsx';
import classes from './editor.module.css';
import { PaletteStrip } from './palette-strip.tsx';
import { SidePanel } from './side-panel.tsx';
import { useEditorKeys } from './use-editor-keys.ts';
import { useEditorSession } from './use-editor-session.ts';
import { useSaveAgain } from './use-save-again.ts';
import { VersionHistory } from './version-history.tsx';

const SLOTS = { NodeFigures, WireFigures, WireFlow };

/** Below this the palette starts folded, so that the drawing has room. */
const WIDE = 1_200;

const selectDocument = (state: CanvasState) => state.document;

interface EditorProps {
  readonly pipeline: Pipeline;
  /** What the page's address calls it. */
  readonly address: string;
}

/** Puts the parts of the editing page together. */
export function Editor({ pipeline, address }: EditorProps) {
  const session = useEditorSession(pipeline, address);
  const { store, saver } = session;
  const client = useQueryClient();
  const document = useStore(store, selectDocument);
  const checked = useDeferredValue(document);
  const findings = useMemo(() => checkDocument(checked, nodeCatalogue), [checked]);
  const [dialog, setDialog] = useState<'deploy' | 'keys' | 'versions' | null>(null);
  const [paletteOpen, setPaletteOpen] = useState(() => window.innerWidth >= WIDE);
  const side = useRef<HTMLElement>(null);
  const run = useRunState();
  const deployment = useMemo(
    () => (run === undefined ? pipeline.deployment : { deployedAt: '', ...pipeline.deployment, ...run }),
    [run, pipeline.deployment],
  );
  const refresh = (): void => void client.invalidateQueries({ queryKey: ['pipeline', address] }); // refetches on its own
  useSaveAgain(saver);
  useEditorKeys({ session, onDeploy: () => setDialog('deploy') });

  return (
    <CanvasProvider store={store} catalogue={nodeCatalogue}>
      <CanvasSlotsProvider slots={SLOTS}>
        <title>{`${document.title ?? document.name} · Sluice`}</title>
        <div className={classes['page']}>
          <EditorHeader
            pipelineId={pipeline.id}
            deployment={deployment}
            saver={saver}
            findings={findings}
            onDeploy={() => setDialog('deploy')}
            onVersions={() => setDialog('versions')}
            onChanged={refresh}
          />
          <ConnectionBanner />
          <VerdictLine />
          <div className={classes['middle']}>
            <aside className={classes['palette']} data-open={paletteOpen}>
              {paletteOpen ? (
                <Palette onCollapse={() => setPaletteOpen(false)} />
              ) : (
                <PaletteStrip onExpand={() => setPaletteOpen(true)} />
              )}
            </aside>
            <main className={classes['canvas']}>
              <Canvas
                findings={findings}
                onOpenInspector={() => focusFirstField(side.current)}
                onShowKeys={() => setDialog('keys')}
              />
            </main>
            <SidePanel ref={side} findings={findings} />
          </div>
          <BottomDrawer pipelineId={pipeline.id} findings={findings} />
        </div>
        <Announcer />
        <ConflictDialog saver={saver} />
        <KeysDialog opened={dialog === 'keys'} onClose={() => setDialog(null)} />
        <DeployDialog
          opened={dialog === 'deploy'}
          onClose={() => setDialog(null)}
          pipelineId={pipeline.id}
          deployment={deployment}
          findings={findings}
          onFlush={saver.flush}
          onDeployed={() => {
            setDialog(null);
            refresh();
          }}
        />
        <VersionHistory
          opened={dialog === 'versions'}
          onClose={() => setDialog(null)}
          pipelineId={pipeline.id}
          deployedVersion={deployment?.version ?? null}
          onDeployed={refresh}
        />
      </CanvasSlotsProvider>
    </CanvasProvider>
  );
}

function focusFirstField(panel: HTMLElement | null): void {
  panel?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select, button')?.focus();
}
