import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ProductFolders {
  /** Of the product, as its package says. */
  readonly version: string;
  readonly migrations: string;
  /** The built web app; absent until it has been built. */
  readonly web: string | undefined;
}

/**
 * Where the files lie that are read at run time. Found from the repository's root, which is the nearest folder above
 * with a workspace file, so it does not matter whether this runs from `src` or bundled from `dist`.
 */
export function findProductFolders(from: string = import.meta.url): ProductFolders {
  let folder = dirname(fileURLToPath(from));
  while (!existsSync(join(folder, 'pnpm-workspace.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`No pnpm-workspace.yaml above ${fileURLToPath(from)}: the installation is incomplete.`);
    folder = parent;
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }; // our own file
  const web = join(folder, 'apps', 'web', 'dist');
  return {
    version,
    migrations: join(folder, 'prisma', 'migrations'),
    web: existsSync(join(web, 'index.html')) ? web : undefined,
  };
}
