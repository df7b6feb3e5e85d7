/** Tells the bench's own file to be one side of a comparison instead of the whole. */
export const PROGRAM_FLAG = '--program';
