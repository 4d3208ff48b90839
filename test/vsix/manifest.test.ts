import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import manifest from '../../package.json';
import { viewNames } from '../../src/protocol/view';
import { repository } from '../workbench/bed/lanes';

// In a table the bar of a pattern is escaped.
const readme = readFileSync(join(repository, 'README.md'), 'utf8').replaceAll('\\|', '|');
const { contributes } = manifest;

describe('the manifest and the README', () => {
  it('agree on the commands that the palette offers', () => {
    const hidden = contributes.menus.commandPalette.filter(({ when }) => when === 'false');
    const offered = contributes.commands.filter(
      ({ command }) => !hidden.some((entry) => entry.command === command),
    );
    const titles = offered.map(({ title }) => title.replace(/^Headlight: /, ''));
    assert.deepEqual(
      titles.filter((title) => !readme.includes(title)),
      [],
    );
  });

  it('agree on the settings and their defaults', () => {
    const wrong = Object.entries(contributes.configuration.properties).filter(
      ([name, setting]) => !readme.includes(`\`${name}\``) || !readme.includes(`\`${setting.default}\``),
    );
    assert.deepEqual(
      wrong.map(([name]) => name),
      [],
    );
  });

  it('name only files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path);
    const media = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map((step) => step.media.markdown)),
    ];
    assert.deepEqual(
      [...links, ...media].filter((path) => !existsSync(join(repository, path))),
      [],
    );
  });

  it('let every view bring the extension back after a reload', () => {
    assert.deepEqual(
      viewNames.filter((name) => !manifest.activationEvents.includes(`onWebviewPanel:headlight.${name}`)),
      [],
    );
  });
});
