import type { BenchmarkScale, Contender, Measured, Side } from '../benchmark.ts';
import { installPeer } from '../peers/install-peer.ts';
import type { PeerName } from '../peers/peers.ts';
import type { Place } from './placement.ts';
import type { ProgramName } from './programs.ts';
import { startProgram } from './start-program.ts';

/** What every measuring program offers. */
type MeasuringCalls = { readonly measure: (argument: null) => Promise<Measured> };

/** Something a program needs beside it: a broker, a target. Its address goes into the program's setting. */
export interface Service extends AsyncDisposable {
  readonly port: number;
}

/** A side that is one program, measured by its call `measure`. */
export function programSide(o: {
  readonly name: string;
  readonly program: ProgramName;
  readonly place: Place;
  readonly nodeFlags?: readonly string[];
  /** Its packages are installed first, and their folder goes into the setting as `peerFolder`. */
  readonly peer?: PeerName;
  /** Started first; its port goes into the setting. */
  readonly service?: (folder: string) => Promise<Service>;
  /** What else the program is told, beside the folder. */
  readonly setting: (quick: boolean) => Readonly<Record<string, unknown>>;
}): Side {
  const open = async (scale: BenchmarkScale): Promise<Contender> => {
    const peerFolder = o.peer === undefined ? undefined : await installPeer(o.peer);
    const service = await o.service?.(scale.folder);
    try {
      const setting = { folder: scale.folder, peerFolder, port: service?.port, ...o.setting(scale.quick) };
      const program = await startProgram<MeasuringCalls>(o.program, setting, o);
      return {
        measure: () => program.call('measure', null),
        async [Symbol.asyncDispose]() {
          await program[Symbol.asyncDispose]();
          await service?.[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await service?.[Symbol.asyncDispose]();
      throw error;
    }
  };
  return { name: o.name, open };
}
