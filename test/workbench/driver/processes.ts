import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import type { Workbench } from './workbench';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Process ids of the extension's engine in this workbench; empty before its first use. */
export function engineProcesses({ server }: Workbench): number[] {
  const rows = processTable();
  const family = new Set([server.pid]);
  // A child can stand before its parent in the table.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  return rows
    .filter(
      ({ pid, command }) => family.has(pid) && /headlight-engine|[\\/]dist[\\/]engine\.js/.test(command),
    )
    .map(({ pid }) => pid);
}

function processTable(): ProcessRow[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command }));
  }
  // Small containers have no `ps`.
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // It ended while we looked.
      }
    });
}
