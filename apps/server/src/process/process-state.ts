/** Where the process is in its life, for health checks and whoever is turned away. */
type ProcessState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'ready' }
  | { readonly phase: 'stopping' }
  /** The message store cannot keep its promises any more: the process is about to end. */
  | { readonly phase: 'failing'; readonly detail: string };

export interface ProcessStateHolder {
  current: ProcessState;
  /** What is wrong with the disk just now; the process may get over it. */
  diskTrouble?: () => string | undefined;
  /** The disk is nearly full, and sources are held; everything else goes on. */
  isDiskShort?: () => boolean;
}
