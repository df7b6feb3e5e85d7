/** Kind of what is dragged from the palette: the type of a node. */
export const NODE_DRAG_TYPE = 'application/x-sluice-node-type';
