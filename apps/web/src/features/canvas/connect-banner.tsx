import { Kbd } from '@mantine/core';
import { Panel } from '@xyflow/react';
import { DeliveryIcon } from '../../ui/delivery-icon.tsx';
import classes from './canvas.module.css';
import type { ConnectBannerModel } from './use-keyboard-connect.ts';

/** What Enter would do now, while a wire is drawn by keyboard. */
export function ConnectBanner({ from, port, ports, to, delivery, index, count }: ConnectBannerModel) {
  return (
    <Panel position="top-center" className={classes['banner']}>
      <DeliveryIcon delivery={delivery} /> Connect <strong>{from}</strong>
      {port !== null && ` (${port})`} to <strong>{to}</strong> by {delivery} ({index + 1} of {count}).
      <br />
      <Kbd>arrows</Kbd> choose, <Kbd>1</Kbd> push, <Kbd>2</Kbd> pull, <Kbd>3</Kbd> event,{' '}
      {ports > 1 && (
        <>
          <Kbd>P</Kbd> next port,{' '}
        </>
      )}
      <Kbd>Enter</Kbd> connects, <Kbd>Esc</Kbd> cancels
    </Panel>
  );
}
