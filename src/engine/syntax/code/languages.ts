/** How a language is read. */
export interface CodeLanguage {
  /** One of grammars.json, which esbuild.mjs puts beside the bundles. */
  readonly grammar: string;
  /** JSON has no grammar of its own: in parentheses it is an expression of JavaScript. */
  readonly wrap?: readonly [before: string, after: string];
}

const json: CodeLanguage = { grammar: 'javascript', wrap: ['(', '\n)'] };

/** By VS Code's language ids. */
export const languages: Readonly<Record<string, CodeLanguage>> = {
  typescript: { grammar: 'typescript' },
  typescriptreact: { grammar: 'tsx' },
  javascript: { grammar: 'javascript' },
  javascriptreact: { grammar: 'javascript' },
  python: { grammar: 'python' },
  c: { grammar: 'cpp' },
  cpp: { grammar: 'cpp' },
  'cuda-cpp': { grammar: 'cpp' },
  rust: { grammar: 'rust' },
  go: { grammar: 'go' },
  java: { grammar: 'java' },
  json,
  jsonc: json,
};

/** How a language is read; undefined for languages without a grammar. @param id of VS Code */
export function codeLanguage(id: string): CodeLanguage | undefined {
  return Object.hasOwn(languages, id) ? languages[id] : undefined;
}
