import type { MessageStore } from '@sluice/engine';

/** The store with some of its methods replaced. */
export function overriding(store: MessageStore, overrides: Partial<MessageStore>): MessageStore {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(overrides, name)) return overrides[name as keyof MessageStore];
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
