import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './master-detail.module.css';

interface MasterDetailProps<T> {
  readonly label: string;
  readonly entries: readonly T[];
  readonly idOf: (entry: T) => string;
  readonly chosenId: string | null;
  readonly onChoose: (id: string) => void;
  readonly row: (entry: T) => ReactNode;
  readonly detail: (entry: T) => ReactNode;
  readonly header?: ReactNode;
  readonly footer?: ReactNode;
}

/** A list on the left, what is chosen on the right. */
export function MasterDetail<T>({
  label,
  entries,
  idOf,
  chosenId,
  onChoose,
  row,
  detail,
  header,
  footer,
}: MasterDetailProps<T>) {
  const chosen = entries.find((entry) => idOf(entry) === chosenId) ?? entries[0];
  return (
    <div className={classes['root']}>
      <div className={classes['list']}>
        {header}
        <ul aria-label={label}>
          {entries.map((entry) => (
            <li key={idOf(entry)}>
              <UnstyledButton
                className={classes['row'] ?? ''}
                aria-current={entry === chosen}
                onClick={() => onChoose(idOf(entry))}
              >
                {row(entry)}
              </UnstyledButton>
            </li>
          ))}
        </ul>
        {footer}
      </div>
      <div className={classes['detail']}>{chosen === undefined ? null : detail(chosen)}</div>
    </div>
  );
}
