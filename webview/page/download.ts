import type { SavedFile } from '../../src/protocol/view';

const types: Readonly<Record<SavedFile['extension'], string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  csv: 'text/csv;charset=utf-8',
  html: 'text/html;charset=utf-8',
};

/** Hands a file to the browser's downloads. */
export function download({ name, extension, content }: SavedFile): void {
  const part = typeof content === 'string' ? content : Uint8Array.from(content);
  const address = URL.createObjectURL(new Blob([part], { type: types[extension] }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.${extension}`;
  link.click();
  URL.revokeObjectURL(address);
}
