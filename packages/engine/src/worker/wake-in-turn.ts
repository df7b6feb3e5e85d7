import type { Feed } from './feed.ts';

/** Wakes those feeds that want it, each time beginning behind the one that came first last time: none starves behind another. */
export function wakeInTurn(feeds: readonly Feed[], wants: (feed: Feed) => boolean): () => void {
  let first = 0;
  return () => {
    const start = first;
    let hasWoken = false;
    for (let offset = 0; offset < feeds.length; offset += 1) {
      const index = (start + offset) % feeds.length;
      const feed = feeds[index];
      if (feed === undefined || !wants(feed)) continue;
      if (!hasWoken) first = index + 1;
      hasWoken = true;
      feed.wake();
    }
  };
}
