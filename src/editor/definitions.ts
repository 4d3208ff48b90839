import * as vscode from 'vscode';

/** Names and their definitions as columns of places in a document, in UTF-16 units, where the names begin. */
export interface Definitions {
  readonly uses: Int32Array;
  readonly definitions: Int32Array;
}

/** Names that are asked about at once, and at most. */
const asked = { atOnce: 6, most: 400 };
/** Milliseconds that language servers may take altogether; what they answered until then counts. */
const patience = 20_000;

interface Answers {
  readonly version: number;
  /** Places of names that were asked about, with the places of their definitions in the same document. */
  readonly targets: Map<number, readonly number[]>;
}

const answers = new WeakMap<vscode.TextDocument, Answers>();

function answersAbout(document: vscode.TextDocument): Answers {
  let known = answers.get(document);
  if (known?.version !== document.version) {
    known = { version: document.version, targets: new Map() };
    answers.set(document, known);
  }
  return known;
}

/** What was answered about the document as it is now; undefined where nothing was. */
export function knownDefinitions(document: vscode.TextDocument): Definitions | undefined {
  const pairs = [...answersAbout(document).targets].flatMap(([use, targets]) =>
    targets.map((target) => [use, target]),
  );
  if (pairs.length === 0) return undefined;
  return {
    uses: Int32Array.from(pairs, ([use]) => use),
    definitions: Int32Array.from(pairs, ([, target]) => target),
  };
}

/**
 * Asks the language servers where names are defined, and remembers it for this version of the document.
 * @param places of names in the document, in UTF-16 units
 * @returns everything that is known of the document then; undefined where no language server knows anything
 */
export async function askDefinitions(
  document: vscode.TextDocument,
  places: Iterable<number>,
  signal: AbortSignal,
): Promise<Definitions | undefined> {
  const { targets, version } = answersAbout(document);
  const open = [...places].filter((place) => !targets.has(place)).slice(0, asked.most);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const ended = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve()));
  const work = async (): Promise<void> => {
    for (let place = open.shift(); place !== undefined; place = open.shift()) {
      if (deadline.aborted || document.version !== version) return;
      const found = await definitionsOf(document, place);
      if (document.version === version) targets.set(place, found);
    }
  };
  await Promise.race([ended, Promise.all(Array.from({ length: asked.atOnce }, work))]);
  return document.version === version ? knownDefinitions(document) : undefined;
}

/** Places in the same document where the name at a place is defined, other than that place. */
async function definitionsOf(document: vscode.TextDocument, place: number): Promise<number[]> {
  try {
    const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[] | undefined>(
      'vscode.executeDefinitionProvider',
      document.uri,
      document.positionAt(place),
    );
    const uri = document.uri.toString();
    return (found ?? [])
      .map((one) =>
        'targetUri' in one
          ? { uri: one.targetUri, range: one.targetSelectionRange ?? one.targetRange }
          : { uri: one.uri, range: one.range },
      )
      .filter((one) => one.uri.toString() === uri)
      .map(({ range }) => document.offsetAt(range.start))
      .filter((target) => target !== place);
  } catch {
    // A language server that fails knows nothing.
    return [];
  }
}
