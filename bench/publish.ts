import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { repository } from '../test/workbench/bed/lanes';

const readme = join(repository, 'bench/README.md');

/** Puts the tables of a benchmark between `<!-- NAME -->` and `<!-- end of NAME -->` of bench/README.md, as the formatter wants the page. */
export async function publish(name: string, tables: string): Promise<void> {
  const page = readFileSync(readme, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for the tables of “${name}”.`);
  const text = `${page.slice(0, from + begin.length)}\n\n${tables}\n\n${page.slice(to)}`;
  writeFileSync(readme, await format(text, { ...(await resolveConfig(readme)), filepath: readme }));
}
