import { Group } from '@mantine/core';
import { IconKey, IconRoute } from '@tabler/icons-react';
import { NavLink, Outlet } from 'react-router';
import { ConnectionBanner } from '../ui/connection-banner.tsx';
import { SchemeSwitch } from './scheme-switch.tsx';
import classes from './shell.module.css';

/** Frame of the pages outside of the canvas. */
export function Shell() {
  return (
    <div className={classes['shell']}>
      <header className={classes['header']}>
        <NavLink to="/" className={classes['brand'] ?? ''}>
          <img src="/icon.svg" alt="" width={20} height={20} />
          Sluice
        </NavLink>
        <nav aria-label="Main">
          <Group gap={4}>
            <NavLink to="/" end className={classes['link'] ?? ''}>
              <IconRoute size={16} /> Pipelines
            </NavLink>
            <NavLink to="/secrets" className={classes['link'] ?? ''}>
              <IconKey size={16} /> Secrets
            </NavLink>
          </Group>
        </nav>
        <div className={classes['right']}>
          <SchemeSwitch />
        </div>
      </header>
      <ConnectionBanner />
      <div className={classes['body']}>
        <Outlet />
      </div>
    </div>
  );
}
