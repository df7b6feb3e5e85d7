// Read by Prisma's own command line, e.g. `prisma migrate deploy` against an outside server.
// A plain object, because the `prisma` package is a dependency of packages/database alone.
export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
};
