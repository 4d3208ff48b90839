/** Text as it stands, inside Markdown: no sign of it is taken for markup, and it stays on its line. */
export function escaped(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~&$:@]/g, '\\$&');
}
