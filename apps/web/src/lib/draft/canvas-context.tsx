import type { NodeCatalogue } from '@sluice/pipeline';
import { createContext, useContext, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { CanvasActions, CanvasState, CanvasStore } from './canvas-store.ts';

interface CanvasContextValue {
  readonly store: CanvasStore;
  readonly catalogue: NodeCatalogue;
}

const CanvasContext = createContext<CanvasContextValue | null>(null);

export function CanvasProvider({ store, catalogue, children }: CanvasContextValue & { readonly children: ReactNode }) {
  return <CanvasContext value={{ store, catalogue }}>{children}</CanvasContext>;
}

/** The store itself, for handlers that read it when they run. */
export function useCanvasStore(): CanvasStore {
  return useCanvasContext().store;
}

export function useCatalogue(): NodeCatalogue {
  return useCanvasContext().catalogue;
}

/** Keep selectors outside components, so that they are stable. */
export function useCanvas<T>(selector: (state: CanvasState & CanvasActions) => T): T {
  return useStore(useCanvasContext().store, selector);
}

function useCanvasContext(): CanvasContextValue {
  const value = useContext(CanvasContext);
  if (value === null) throw new Error('This part of the canvas stands outside of CanvasProvider');
  return value;
}
