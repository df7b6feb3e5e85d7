interface KeyGroup {
  readonly title: string;
  readonly keys: readonly { readonly keys: readonly string[]; readonly does: string }[];
}

/** What `?` lists. Single letters count only while the canvas has the focus. */
export const KEYS: readonly KeyGroup[] = [
  {
    title: 'Canvas',
    keys: [
      { keys: ['Tab'], does: 'Enter and leave the canvas: it is one stop' },
      { keys: ['/', 'N'], does: 'Add a node: type, arrows, Enter' },
      { keys: ['arrows'], does: 'Go to the next node, along the wires' },
      { keys: ['Ctrl + arrows'], does: 'Move the chosen nodes by 20 px, with Shift by 100 px' },
      { keys: ['Ctrl + A'], does: 'Choose all nodes' },
      { keys: ['Esc'], does: 'Choose nothing; from the inspector back to the canvas' },
      { keys: ['Delete', 'Backspace'], does: 'Remove what is chosen' },
    ],
  },
  {
    title: 'Node',
    keys: [
      { keys: ['Enter'], does: 'Open its settings' },
      { keys: ['C'], does: 'Connect: arrows choose a target, 1 2 3 the delivery, P the port, Enter connects' },
      { keys: ['W'], does: 'Go to its wire' },
    ],
  },
  {
    title: 'Wire',
    keys: [
      { keys: ['1', '2', '3'], does: 'Push, pull, event' },
      { keys: ['Enter'], does: 'Open its delivery' },
      { keys: ['left', 'right'], does: 'Go to the node at that end' },
      { keys: ['up', 'down'], does: 'Go to the next wire' },
    ],
  },
  {
    title: 'Everywhere',
    keys: [
      { keys: ['Ctrl + Z'], does: 'Undo' },
      { keys: ['Ctrl + Shift + Z', 'Ctrl + Y'], does: 'Redo' },
      { keys: ['Ctrl + S'], does: 'Save the draft now' },
      { keys: ['Ctrl + Enter'], does: 'Deploy' },
      { keys: ['?'], does: 'This list' },
    ],
  },
];
