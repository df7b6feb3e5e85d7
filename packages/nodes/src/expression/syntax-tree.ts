/** A node of the evaluator's syntax tree, as far as we look at it. */
export interface SyntaxNode {
  type?: string;
  value?: unknown;
  position?: number;
  [member: string]: unknown;
}

/** All nodes of a tree, each once: trees share parts and hold cycles where `%` is used. */
export function syntaxNodes(root: unknown): readonly SyntaxNode[] {
  const seen = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || value instanceof RegExp || seen.has(value)) continue;
    seen.add(value);
    pending.push(...Object.values(value));
  }
  return [...seen].filter((node): node is SyntaxNode => 'type' in node);
}

/** Names that the expression itself gives to values: `$x := ...`, parameters of functions, `@$x` and `#$i`. */
export function boundNames(nodes: readonly SyntaxNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: unknown) => {
    if (typeof name === 'string') names.add(name);
  };
  for (const node of nodes) {
    if (node.type === 'bind') add((node['lhs'] as SyntaxNode | undefined)?.value);
    if (node.type === 'lambda')
      for (const parameter of node['arguments'] as readonly SyntaxNode[]) add(parameter.value);
    add(node['focus']);
    add(node['index']);
    for (const stage of (node['stages'] ?? []) as readonly SyntaxNode[]) if (stage.type === 'index') add(stage.value);
  }
  return names;
}
