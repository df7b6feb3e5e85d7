import type { Delivery } from '@sluice/pipeline';
import {
  IconArrowsSplit2,
  IconBolt,
  IconClock,
  IconDatabase,
  IconGauge,
  IconPlugConnectedX,
  IconRepeat,
} from '@tabler/icons-react';
import { ASPECTS, type Aspect, type Consequences } from './consequences.ts';
import classes from './delivery.module.css';

const LOOKS: Readonly<Record<Aspect, { readonly title: string; readonly Icon: typeof IconBolt }>> = {
  coupling: { title: 'Coupling', Icon: IconArrowsSplit2 },
  latency: { title: 'Latency', Icon: IconClock },
  pace: { title: 'Who sets the pace', Icon: IconGauge },
  retries: { title: 'Who owns retries', Icon: IconRepeat },
  state: { title: 'Where state lives', Icon: IconDatabase },
  burst: { title: 'A burst of ten times', Icon: IconBolt },
  outage: { title: 'A two-hour outage', Icon: IconPlugConnectedX },
};

interface ConsequenceListProps {
  readonly consequences: Consequences;
  readonly delivery: Delivery;
  /** The owner said what rate to expect. */
  readonly hasRate: boolean;
}

export function ConsequenceList({ consequences, delivery, hasRate }: ConsequenceListProps) {
  return (
    <section aria-label="What this choice means here" className={classes['consequences']} data-delivery={delivery}>
      <h3>What this choice means here</h3>
      <dl>
        {ASPECTS.map((aspect) => {
          const { title, Icon } = LOOKS[aspect];
          return (
            <div key={aspect}>
              <dt>
                <Icon size={14} aria-hidden /> {title}
              </dt>
              <dd>{consequences[aspect]}</dd>
            </div>
          );
        })}
      </dl>
      {!hasRate && <p>With an expected rate in the pipeline's objectives, times and amounts are computed.</p>}
    </section>
  );
}
