// npm run fuzz [-- NUMBER [SEED [FIRST [LANES]]]]: opens NUMBER damaged models (default 5000) in LANES engine processes (default 4).
// FUZZ_VERBOSE=1 tells what became of each.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fuzz, type Outcome } from './fuzz';
import { fixturesIn, type Mutant } from './mutants';

const repository = resolve(__dirname, '../..');

async function main(): Promise<void> {
  const [count = 5000, seed = 1, first = 0, lanes = 4] = process.argv.slice(2).map(Number);
  const engine = join(repository, 'dist/engine.js');
  if (!existsSync(engine)) throw new Error('There is no dist/engine.js; run `npm run build` first.');
  const fixtures = fixturesIn(process.env.HEADLIGHT_FIXTURES ?? join(repository, 'test/fixtures/models'));
  console.log(`${count} mutants of ${fixtures.length} models, seed ${seed}`);
  const report = await fuzz({
    engine,
    fixtures,
    count,
    seed,
    first,
    lanes,
    timeLimit: 5000,
    report: tell,
  });
  const { opened, refused, crashed, failed, hung } = report.verdicts;
  console.log(
    `${opened} opened, ${refused} refused in a sentence, ${crashed} ended the engine and were reported, ${failed} failed without a sentence, ${hung} hung; slowest ${Math.round(report.slowest)} ms`,
  );
  process.exitCode = failed + hung === 0 ? 0 : 1;
}

let done = 0;

function tell(number: number, { description }: Mutant, { verdict, message, detail, worked }: Outcome): void {
  if (++done % 250 === 0) console.log(`${done} done`);
  if (process.env.FUZZ_VERBOSE !== undefined)
    console.log(`${number} ${verdict} ${Math.round(worked)} ms: ${description}: ${message}`);
  if (verdict === 'opened' || verdict === 'refused') return;
  const trace = detail?.split('\n').slice(0, 12).join('\n    ') ?? '';
  console.log(`${verdict.toUpperCase()} ${number} ${description}\n    ${message}\n    ${trace}`);
}

void main();
