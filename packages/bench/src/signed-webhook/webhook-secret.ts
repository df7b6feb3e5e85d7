/** Shared by client and receivers, in the form of the Standard Webhooks specification. */
export const WEBHOOK_SECRET = 'whsec_c2x1aWNlLWJlbmNoLW5vdC1hLXNlY3JldC0wMDAx';
/** Same path on all sides. */
export const WEBHOOK_PATH = '/hooks/bench/order';
