/** What is left of the disk that the message store writes to. Whoever implements it looks about once a second. */
export interface DiskRoom {
  /**
   * True while less is left than is kept in reserve, and from then on until there is clearly more. Answered from memory.
   * Sources are held then; what is inside the pipelines is worked off.
   */
  isShort(): boolean;
}
