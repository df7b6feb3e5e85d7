import { describe, expect, test } from 'vitest';
import { connectionTarget, describeTarget } from './connection-target.ts';
import { DatabaseUrlInvalidError } from './database-errors.ts';

describe('the target of a connection URL', () => {
  test('has host, port, database, user and schema, and never the password', () => {
    const target = connectionTarget('postgresql://us%40er:s%23cret@db.example:6543/orders?schema=sluice');
    expect(target).toEqual({ host: 'db.example', port: 6543, database: 'orders', user: 'us@er', schema: 'sluice' });
    expect(describeTarget(target)).toBe('database "orders" at db.example:6543');
  });

  test('falls back as PostgreSQL does', () => {
    expect(connectionTarget('postgres://ann@localhost')).toEqual({
      host: 'localhost',
      port: 5432,
      database: 'ann',
      user: 'ann',
      schema: undefined,
    });
  });

  test('may be a Unix socket', () => {
    const target = connectionTarget('postgresql:///orders?host=/var/run/postgresql');
    expect(describeTarget(target)).toBe('database "orders" through /var/run/postgresql');
  });

  test.for([
    '',
    'orders',
    'mysql://u:hidden@h/d',
    'http://h/d',
    'postgresql://u:hid%den@h/d',
    'postgresql://u:hidden@h:port/d',
  ])('cannot be read from %j, and the message keeps what it says to itself', (url) => {
    expect(() => connectionTarget(url)).toThrow(DatabaseUrlInvalidError);
    expect(() => connectionTarget(url)).toThrow(/^(?!.*hid).*$/);
  });
});
