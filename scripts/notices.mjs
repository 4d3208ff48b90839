// npm run notices: writes THIRD_PARTY_NOTICES.txt, the licences of everything that the VSIX contains and did not grow here.
import { build } from 'esbuild';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targets } from '../esbuild.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Packages that are shipped beside the bundles, because they load native binaries by path. */
export const unbundled = ['onnxruntime-node', 'onnxruntime-common', 'tokenizers'];

/** What cannot be read from a package. */
const remarks = {
  'onnxruntime-node':
    'Copyright (c) Microsoft Corporation. The native library contains further components; their licences are listed at\nhttps://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt',
  'onnxruntime-common': 'Copyright (c) Microsoft Corporation.',
  tokenizers:
    'Copyright (c) Hugging Face. The native library contains Rust crates; they are listed at\nhttps://github.com/huggingface/tokenizers/blob/main/bindings/node/Cargo.toml',
  '@bufbuild/protobuf': 'Copyright 2021-2025 Buf Technologies, Inc.; Copyright 2008 Google Inc.',
};

/** Paths of the packages that esbuild finds inside the bundles. */
async function bundledPackages() {
  const folders = new Set();
  for (const target of targets) {
    const { metafile } = await build({ ...target, write: false, metafile: true, logLevel: 'error' });
    for (const output of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        if (bytesInOutput === 0) continue; // Shaken out.
        const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
        if (match) folders.add(match[0]);
      }
    }
  }
  return folders;
}

/** The licence texts that a package brings along, or the standard text of the licence that it names. */
function licenceOf(folder, { name, license }) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notices?|copying)(\.|$)/i.test(file));
  if (files.length > 0)
    return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  const texts = String(license)
    .replace(/[()]/g, '')
    .split(/ AND | OR /)
    .map((id) => join(root, 'scripts/licences', `${id}.txt`));
  const missing = texts.filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new Error(`${name} brings no licence text, and ${missing.join(', ')} is missing.`);
  return texts.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n');
}

function packageNotice(folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { name, version, license, homepage, repository, author } = manifest;
  const address = homepage ?? (typeof repository === 'string' ? repository : repository?.url) ?? '';
  const holder = (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`;
  const licence = licenceOf(join(root, folder), manifest);
  const hasHolder = Boolean(remarks[name]) || /copyright/i.test(licence.split('\n').slice(0, 8).join('\n'));
  const text = [remarks[name] ?? (hasHolder ? '' : `Copyright (c) ${holder}`), licence]
    .filter(Boolean)
    .join('\n\n');
  return { title: `${name} ${version} (${license})`, address, text };
}

function modelNotice() {
  const card = readFileSync(join(root, 'media/models/MODEL_CARD.md'), 'utf8');
  const rows = card
    .split('\n')
    .filter((line) => /^\| \S+\/\S+ \| [0-9a-f]{10} \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, repository, commit, , , , licence, use]) => `- ${repository} (${commit}): ${licence}; ${use}`);
  if (rows.length === 0) throw new Error('The model card names no sources of data.');
  return {
    title: 'Data that the built-in models were trained on',
    address: 'media/models/MODEL_CARD.md',
    text: [
      'The built-in models were trained from scratch for Headlight. They are derived from these texts:',
      rows.join('\n'),
      'UD English EWT is by Natalia Silveira, Timothy Dozat, Marie-Catherine de Marneffe, Samuel Bowman, Miriam Connor,\nJohn Bauer and Chris Manning (A Gold Standard Dependency Corpus for English, LREC 2014), and the Universal\nDependencies contributors; Creative Commons Attribution-ShareAlike 4.0 International. The model headlight-parser-ewt\nis distributed under the same licence: https://creativecommons.org/licenses/by-sa/4.0/',
      'The Stanford Sentiment Treebank is by Richard Socher, Alex Perelygin, Jean Wu, Jason Chuang, Christopher Manning,\nAndrew Ng and Christopher Potts (Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank,\nEMNLP 2013). The model headlight-encoder-sentiment is derived from it.',
      'WikiText-2 is text of Wikipedia, by its authors; Creative Commons Attribution-ShareAlike 3.0.',
    ].join('\n\n'),
  };
}

/** Writes the notices. @returns {Promise<string[]>} the titles, in the order of the file */
export async function writeNotices() {
  const folders = [
    ...new Set([...(await bundledPackages()), ...unbundled.map((name) => `node_modules/${name}`)]),
  ];
  const notices = [...folders.map(packageNotice).sort((a, b) => (a.title < b.title ? -1 : 1)), modelNotice()];
  const rule = '='.repeat(100);
  const text = notices.map(
    ({ title, address, text }) => `${rule}\n${title}\n${address}\n${rule}\n\n${text}\n`,
  );
  const head = 'Headlight contains the following works of others.\n';
  writeFileSync(join(root, 'THIRD_PARTY_NOTICES.txt'), [head, ...text].join('\n'));
  return notices.map(({ title }) => title);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const titles = await writeNotices();
  console.log(`THIRD_PARTY_NOTICES.txt: ${titles.length} notices`);
}
