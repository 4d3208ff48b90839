// Bundled beside process-entry.js. A process that has an engine, to be killed by a test: prints the engine's process id and waits.
import { join } from 'node:path';
import { EngineClient } from '../../src/engineClient';

const client = new EngineClient({
  program: { entry: join(__dirname, 'process-entry.js') },
  start: { modelsFolder: process.argv[2] },
  log: () => undefined,
});
void client.inspect({ model: 'm', text: 'hello' }).then(() => console.log(client.pid));
