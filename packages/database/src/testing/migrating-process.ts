// A process that opens a database and thereby migrates it. For tests that kill it meanwhile.
import { openDatabase } from '../open-database.ts';

const [url = '', migrationsDir = ''] = process.argv.slice(2);
await (await openDatabase({ url, migrationsDir })).close();
