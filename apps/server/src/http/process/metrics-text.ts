/** Prometheus fails a scrape whose type it does not know. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

/** Prometheus' text format 0.0.4, metric by metric. */
export interface MetricsText {
  metric(o: {
    readonly name: string;
    readonly kind: 'counter' | 'gauge' | 'summary';
    readonly help: string;
    readonly samples: readonly { readonly labels?: Labels; readonly value: number }[];
  }): void;
  histogram(o: {
    readonly name: string;
    readonly help: string;
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
    readonly sum: number;
    readonly count: number;
  }): void;
  toString(): string;
}

export function createMetricsText(): MetricsText {
  const lines: string[] = [];
  const head = (name: string, kind: string, help: string): void => {
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${kind}`);
  };
  return {
    metric({ name, kind, help, samples }) {
      head(name, kind, help);
      for (const { labels, value } of samples) lines.push(`${name}${labelText(labels)} ${value}`);
    },
    histogram({ name, help, bounds, counts, sum, count }) {
      head(name, 'histogram', help);
      for (const [index, bound] of bounds.entries()) lines.push(`${name}_bucket{le="${bound}"} ${counts[index] ?? 0}`);
      lines.push(`${name}_bucket{le="+Inf"} ${count}`, `${name}_sum ${sum}`, `${name}_count ${count}`);
    },
    toString: () => `${lines.join('\n')}\n`,
  };
}

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return '';
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return `{${pairs.join(',')}}`;
}
