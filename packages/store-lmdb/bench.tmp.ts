import { openLmdbStore } from './src/index.ts';
import { open } from 'lmdb';
import fs from 'node:fs';
const clock = { now: () => Date.now(), monotonicMs: () => performance.now(), setTimer: (ms: number, f: () => void) => setTimeout(f, ms), clearTimer: (t: any) => clearTimeout(t) };
const payload = { id: 'x'.repeat(36), customer: 'c-1234', lines: Array.from({ length: 6 }, (_, i) => ({ sku: 'sku-' + i, qty: i, price: i * 1.5, text: 'abcd' })), pad: 'y'.repeat(40) };
console.log('payload bytes', JSON.stringify(payload).length);
const msg = (n: number) => ({ id: 'm' + n, key: 'k' + (n % 100), payload, headers: { 'content-type': 'application/json' }, correlationId: 'm' + n, eventTime: 1, enqueuedAt: Date.now() });
const limit = { messages: 1e9, bytes: 1e12 };
const only = process.argv[2];
async function timed(name: string, n: number, f: () => Promise<unknown>) {
  const t = performance.now(), c = process.cpuUsage();
  await f();
  const ms = performance.now() - t, u = process.cpuUsage(c);
  console.log(name.padEnd(46), Math.round(n / ms * 1000) + '/s', 'cpu us/msg', ((u.user + u.system) / n).toFixed(1));
}
const fresh = async () => { fs.rmSync('/tmp/lm/b', { recursive: true, force: true }); return openLmdbStore({ dir: '/tmp/lm/b', clock }); };
async function appendN(store: any, n: number, conc: number, group?: (i: number) => string) {
  let i = 0;
  await Promise.all(Array.from({ length: conc }, async () => { while (i < n) { const k = i++; const r = await store.commit([{ op: 'append', queue: 'p/w1', message: msg(k), limit, ...(group ? { group: group(k) } : {}) }]); if (!r.ok) throw new Error('x'); } }));
}
async function drainN(store: any, n: number, workers: number, max: number) {
  let got = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    while (got < n) {
      const { leases } = await store.lease({ source: { kind: 'queue', queue: 'p/w1' }, max, leaseMs: 30000 });
      if (leases.length === 0) { if (got >= n) break; continue; }
      got += leases.length;
      const r = await store.commit(leases.map((lease: any) => ({ op: 'ack', lease })));
      if (!r.ok) throw new Error('y');
    }
  }));
}
const S: Record<string, () => Promise<void>> = {
  async raw() {
    for (const wave of [64, 1024]) {
      fs.rmSync('/tmp/lm/r', { recursive: true, force: true });
      const db = open<any, any>({ path: '/tmp/lm/r', overlappingSync: false, encoding: 'string' });
      const n = wave === 64 ? 40000 : 100000;
      await timed(`raw produce, waves of ${wave}, 2 in flight`, n, async () => { let i = 0; const lane = async () => { while (i < n) { let p; for (let k = 0; k < wave && i < n; k++) p = db.put(['q', i], JSON.stringify(msg(i++))); await p; } }; await Promise.all([lane(), lane()]); });
      await timed(`raw consume, waves of ${wave}`, n, async () => { let i = 0; const lane = async () => { while (i < n) { let p; const from = i; i += wave; const keys = []; for (const { key, value } of db.getRange({ start: ['q', from], limit: wave, end: ['q', from + wave] })) { JSON.parse(value); keys.push(key); } for (const k of keys) p = db.remove(k); await p; } }; await Promise.all([lane(), lane()]); });
      fs.rmSync('/tmp/lm/r', { recursive: true, force: true });
      const db2 = open<any, any>({ path: '/tmp/lm/r2', overlappingSync: false, encoding: 'string' });
      await db2.close(); await db.close();
    }
  },
  async hop() {
    for (const [conc, workers, max, n] of [[1, 1, 1, 1500], [64, 1, 64, 40000], [64, 4, 64, 40000], [1024, 1, 256, 100000], [1024, 2, 1024, 100000]] as const) {
      const store = await fresh();
      await timed(`append conc ${conc}`, n, () => appendN(store, n, conc));
      await timed(`drain ${workers} workers x ${max}`, n, () => drainN(store, n, workers, max));
      const st = await fresh2(store);
      await timed(`hop append ${conc} + drain ${workers} x ${max} together`, n, () => Promise.all([appendN(st, n, conc), drainN(st, n, workers, max)]));
      await st.close();
    }
  },
  async groups() {
    const n = 40000; const store = await fresh();
    await timed('append conc 1024, 1000 groups', n, () => appendN(store, n, 1024, (i) => 'g' + i % 1000));
    await timed('drain 2 x 256 grouped', n, () => drainN(store, n, 2, 256));
    await store.close();
  },
  async batchAppend() {
    const n = 100000; const store = await fresh();
    await timed('append commits of 64, 4 in flight', n, async () => { let i = 0; await Promise.all(Array.from({ length: 4 }, async () => { while (i < n) { const ops: any[] = []; for (let k = 0; k < 64; k++) ops.push({ op: 'append', queue: 'p/w1', message: msg(i++), limit }); await store.commit(ops); } })); });
    await timed('drain 2 x 256', n, () => drainN(store, n, 2, 256));
    await store.close();
  },
  async latency() {
    const store = await fresh(); const lat: number[] = [], full: number[] = [];
    const source = { kind: 'queue', queue: 'p/w1' } as const; let stop = false; let wake = () => {}; let dirty = false;
    store.onReady(source, () => { dirty = true; wake(); });
    const worker = (async () => { while (!stop) { const { leases } = await store.lease({ source, max: 16, leaseMs: 30000 }); if (!leases.length) { if (!dirty) await new Promise<void>((r) => { wake = r; }); dirty = false; continue; } for (const l of leases) lat.push(performance.now() - (l.message.payload as any).t); await store.commit(leases.map((lease) => ({ op: 'ack' as const, lease }))); for (const l of leases) full.push(performance.now() - (l.message.payload as any).t); } })();
    for (let i = 0; i < 400; i++) { void store.commit([{ op: 'append', queue: 'p/w1', message: { ...msg(i), payload: { t: performance.now(), ...payload } }, limit }]); await new Promise((r) => setTimeout(r, 10)); }
    await new Promise((r) => setTimeout(r, 100)); stop = true; wake(); await worker;
    for (const [n, a] of [['to handler', lat], ['to acked', full]] as const) { a.sort((x, y) => x - y); console.log('latency at 100/s', n, 'p50', a[a.length >> 1]!.toFixed(2), 'p99', a[Math.floor(a.length * 0.99)]!.toFixed(2), a.length); }
    await store.close();
  },
  async rawLatency() {
    fs.rmSync('/tmp/lm/rl', { recursive: true, force: true });
    for (const opts of [{}, { eventTurnBatching: false }]) { const db = open<any, any>({ path: '/tmp/lm/rl' + JSON.stringify(opts).length, overlappingSync: false, encoding: 'string', ...opts });
    for (const how of ['put', 'batch']) { const lat: number[] = [];
    for (let i = 0; i < 200; i++) { const t = performance.now(); if (how === 'put') await db.put(['q', i], 'x'.repeat(500)); else await db.batch(() => db.put(['q', i], 'x'.repeat(500))); lat.push(performance.now() - t); await new Promise((r) => setTimeout(r, 10)); }
    lat.sort((x, y) => x - y); console.log('raw', JSON.stringify(opts), how, 'latency at 100/s p50', lat[100]!.toFixed(2), 'p99', lat[198]!.toFixed(2)); }
    await db.close(); }
  },
  async backlog() {
    const store = await fresh(); const n = 1000000;
    await timed('append 1M in commits of 256', n, async () => { let i = 0; await Promise.all(Array.from({ length: 4 }, async () => { while (i < n) { const ops: any[] = []; for (let k = 0; k < 256 && i < n; k++) ops.push({ op: 'append', queue: 'p/w1', message: msg(i++), limit }); await store.commit(ops); } })); });
    (globalThis as any).gc?.(); console.log('heap', (process.memoryUsage().heapUsed / 1e6).toFixed(0), 'external', (process.memoryUsage().external / 1e6).toFixed(0));
    await store.crash();
    let t = performance.now(); const again = await openLmdbStore({ dir: '/tmp/lm/b', clock }); console.log('open ms', (performance.now() - t).toFixed(1));
    t = performance.now(); console.log(await again.backlog({ queue: 'p/w1' }), (performance.now() - t).toFixed(2), 'ms');
    for (let part = 0; part < 10; part++) await timed('drain 100k of 1M', 100000, () => drainN(again, 100000, 2, 256));
    await again.close();
  },
};
async function fresh2(old: any) { await old.close(); return fresh(); }
for (const [name, f] of Object.entries(S)) if (!only || only.split(',').includes(name)) await f();
