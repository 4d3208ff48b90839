// npm run package [-- FILE]: makes headlight-VERSION-PLATFORM.vsix, with this platform's native binaries and no others.
import vsce from '@vscode/vsce';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** VS Code's name of each platform, and the binary of `tokenizers` for it. */
const platforms = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64-msvc',
  'win32-arm64': 'win32-arm64-msvc',
};

/**
 * Makes the VSIX of this platform.
 *
 * @param {string} [path] where to; in the repository where it is left out
 * @returns {Promise<{file: string, bytes: number}>}
 * @throws Error where a native package has no binary for this platform
 */
export async function makeVsix(path) {
  const platform = `${process.platform}-${process.arch}`;
  const tokenizers = platforms[platform];
  const binaries = [
    `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
    `node_modules/tokenizers/tokenizers.${tokenizers}.node`,
  ];
  const missing = binaries.filter((path) => !existsSync(join(root, path)));
  if (!tokenizers || missing.length > 0) {
    throw new Error(
      `Headlight cannot be packaged for ${platform}: ${missing.join(' and ') || 'its packages'} have no binaries for it. Package on one of ${Object.keys(platforms).join(', ')}, after "npm ci".`,
    );
  }

  const all = ['!node_modules/onnxruntime-node/bin/**', '!node_modules/tokenizers/*.node'];
  const lines = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
  const shared = lines.filter((line) => !all.includes(line));
  if (shared.length !== lines.length - all.length)
    throw new Error(`.vscodeignore has to name ${all.join(' and ')}.`);
  const ignoreFile = join(root, '.cache/vscodeignore');
  mkdirSync(dirname(ignoreFile), { recursive: true });
  const [runtime, tokenizer] = binaries;
  writeFileSync(ignoreFile, [...shared, `!${runtime}/**`, `!${tokenizer}`, ''].join('\n'));
  const { version, name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = path ?? join(root, `${name}-${version}-${platform}.vsix`);
  // Builds first: vsce runs the script `vscode:prepublish`.
  await vsce.createVSIX({
    cwd: root,
    target: platform,
    packagePath: file,
    ignoreFile,
    // The pictures of the README are not shipped, and there is no address yet that links could be turned into.
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return { file, bytes: statSync(file).size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { file, bytes } = await makeVsix(process.argv[2]);
    console.log(`${file}: ${(bytes / 1e6).toFixed(1)} MB`);
    console.log(`Install it with "code --install-extension ${file}".`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
