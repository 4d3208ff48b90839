import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { HeadlightApi } from '../../src/testing';
import manifest from '../../package.json';

const extension = vscode.extensions.getExtension(`${manifest.publisher}.${manifest.name}`);

describe('the extension', () => {
  it('activates in an instant and starts no engine', async () => {
    assert.ok(extension && !extension.isActive);
    // Processor time, not time: other programs may keep this machine busy.
    const before = process.cpuUsage();
    const { engine } = (await extension.activate()) as HeadlightApi;
    const { user, system } = process.cpuUsage(before);
    const elapsed = (user + system) / 1000;
    assert.ok(elapsed < 150, `activation took ${elapsed} ms`);
    assert.equal(engine.pid, undefined);
  });

  it('is known to VS Code under its own name', () => {
    assert.ok(extension);
    assert.equal(extension.packageJSON.version, manifest.version);
  });

  it('activates, and registers every command that its manifest promises', async () => {
    await extension?.activate();
    assert.equal(extension?.isActive, true);
    const registered = new Set(await vscode.commands.getCommands(true));
    const promised = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(promised.length > 0);
    assert.deepEqual(
      promised.filter((command) => !registered.has(command)),
      [],
    );
  });
});
