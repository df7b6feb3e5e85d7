import type { ReactNode } from 'react';
import classes from './figure-list.module.css';

export interface NamedFigure {
  readonly name: string;
  readonly value: string;
  /** Shown where the pointer rests. */
  readonly exact?: string;
  readonly failing?: boolean;
}

/** Figures with their names, in three columns. */
export function FigureList({
  label,
  figures,
  children,
}: {
  readonly label: string;
  readonly figures: readonly NamedFigure[];
  readonly children?: ReactNode;
}) {
  return (
    <section className={`${classes['list']} figures`} aria-label={label}>
      <dl>
        {figures.map(({ name, value, exact, failing }) => (
          <div key={name} title={exact}>
            <dt>{name}</dt>
            <dd data-failing={failing === true}>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}
