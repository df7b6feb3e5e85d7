import { parseDuration } from '../duration.ts';
import type { Finding } from '../finding.ts';
import type { JsonPath } from '../findings/json-path.ts';
import type { Work } from '../work-schema.ts';
import { nodeFinding, type CheckContext, type PlacedNode, type PlacedWire } from './check-context.ts';

/**
 * Verbs of flow control that contradict each other, or the order of a wire that leads to the node. A message that waits on
 * a wire in order makes those behind it wait, so what needs to see them first cannot be done there.
 */
export function checkFlowControl({ nodes, wires }: CheckContext): readonly Finding[] {
  return [...nodes.values()].flatMap((placed) => {
    const { work } = placed.node;
    if (work === undefined) return [];
    const orders = wires.flatMap((wire) => (wire.wire.to === placed.node.id ? orderOf(wire) : []));
    if (placed.definition?.sourceStyle === 'event') orders.push(TOPIC);
    return [
      ...checkSpans(placed, work),
      ...checkBatch(placed, work),
      ...orders.flatMap((order) => checkOrder(placed, work, order)),
    ];
  });
}

/** A span of no length makes no difference, or all of it. */
function checkSpans(placed: PlacedNode, { throttle, debounce }: Work): readonly Finding[] {
  const spans: readonly (readonly [path: JsonPath, text: string | undefined])[] = [
    [['work', 'throttle', 'period'], throttle?.period],
    [['work', 'debounce', 'period'], debounce?.period],
    [['work', 'debounce', 'maxWait'], debounce?.maxWait],
  ];
  const empty = spans
    .filter(([, text]) => text !== undefined && parseDuration(text) === 0)
    .map(([path]) => nodeFinding(placed, path, { code: 'out-of-range', message: '{path} must be longer than 0.' }));
  const { period, maxWait } = debounce ?? {};
  if (period === undefined || maxWait === undefined || (parseDuration(maxWait) ?? 0) >= (parseDuration(period) ?? 0))
    return empty;
  return [
    ...empty,
    nodeFinding(placed, ['work', 'debounce', 'maxWait'], {
      severity: 'warning',
      code: 'setting-without-effect',
      message: '{path} is shorter than `period`, which then has no effect. Make it longer, or shorten the period.',
    }),
  ];
}

function checkBatch(placed: PlacedNode, work: Work): readonly Finding[] {
  const { batch, debounce, singleton, throttle, concurrency } = work;
  if (batch === undefined) return [];
  const contradicts = (path: JsonPath, message: string): Finding =>
    nodeFinding(placed, ['work', ...path], { code: 'verbs-contradict', message });
  return [
    ...(placed.definition?.coordinates === true
      ? [contradicts(['batch'], '{path} contradicts the node: a coordinator keeps a run for each message. Remove it.')]
      : []),
    ...(debounce === undefined
      ? []
      : [
          contradicts(
            ['debounce'],
            '{path} contradicts `batch`: one keeps the last, the other all. Remove one of them.',
          ),
        ]),
    ...(singleton === undefined
      ? []
      : [
          contradicts(
            ['singleton'],
            '{path} contradicts `batch`: it would discard messages of a batch. Remove one of them.',
          ),
        ]),
    ...(throttle?.key === undefined || throttle.key === batch.key
      ? []
      : [
          contradicts(
            ['throttle', 'key'],
            '{path} differs from that of `batch`: a batch may hold several. Use the same key, or none.',
          ),
        ]),
    ...(typeof work.rateLimit !== 'object' || work.rateLimit.key === undefined || work.rateLimit.key === batch.key
      ? []
      : [
          contradicts(
            ['rateLimit', 'key'],
            '{path} differs from that of `batch`: a batch may hold several. Use the same key, or none.',
          ),
        ]),
    ...(concurrency === undefined || concurrency.key === batch.key
      ? []
      : [
          contradicts(
            ['concurrency', 'key'],
            '{path} differs from that of `batch`: a batch may hold several. Use the same key for both.',
          ),
        ]),
  ];
}

/** A way by which messages come to a node in order. */
interface Order {
  readonly name: string;
  readonly kind: 'queue' | 'log';
  readonly orderBy: string;
}

/** Where nothing is said, the partition follows the message key. */
const TOPIC: Order = { name: 'its topic', kind: 'log', orderBy: '$key' };

function orderOf({ wire }: PlacedWire): readonly Order[] {
  const name = `wire "${wire.id}"`;
  if (wire.delivery === 'event') return [{ name, kind: 'log', orderBy: wire.log?.orderBy ?? TOPIC.orderBy }];
  if (wire.delivery === 'push' || wire.queue?.orderBy === undefined) return [];
  return [{ name, kind: 'queue', orderBy: wire.queue.orderBy }];
}

function checkOrder(placed: PlacedNode, work: Work, { name, kind, orderBy }: Order): readonly Finding[] {
  const { debounce, batch, concurrency, singleton } = work;
  const contradicts = (verb: string, message: string): Finding =>
    nodeFinding(placed, ['work', verb], { code: 'verb-against-order', message });
  const idle = (verb: string): Finding =>
    nodeFinding(placed, ['work', verb], {
      severity: 'warning',
      code: 'setting-without-effect',
      message: `{path} has no effect on ${name}, which hands out one message per value of \`${orderBy}\` at a time. Remove it, or use another key.`,
    });
  const findings: Finding[] = [];
  if (debounce !== undefined && kind === 'queue')
    findings.push(
      contradicts(
        'debounce',
        `{path} contradicts the order of ${name}: a message is handed out only when the one before it is done, so later ones are not seen. Remove \`orderBy\`, or make the wire event.`,
      ),
    );
  if (debounce !== undefined && kind === 'log' && debounce.key !== orderBy)
    findings.push(
      contradicts(
        'debounce',
        `{path} must use the key \`${orderBy}\`, by which ${name} is ordered: messages of another key stand in several partitions.`,
      ),
    );
  if (batch?.key !== undefined && batch.key !== orderBy)
    findings.push(
      contradicts(
        'batch',
        `{path} goes by another key than ${name}, which is ordered by \`${orderBy}\`: messages would have to overtake others. Use that key, or none.`,
      ),
    );
  if (batch !== undefined && batch.key === orderBy && kind === 'queue')
    findings.push(
      contradicts(
        'batch',
        `{path} would never hold more than one message: ${name} hands out one message per value of \`${orderBy}\` at a time. Remove the key, or \`orderBy\`.`,
      ),
    );
  if (concurrency?.key === orderBy) findings.push(idle('concurrency'));
  if (singleton?.key === orderBy) findings.push(idle('singleton'));
  return findings;
}
