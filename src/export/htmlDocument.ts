/** What the document of a view is made of; all parts are markup, with whatever a user wrote {@link escaped} or as JSON. */
export interface HtmlParts {
  readonly title: string;
  /** Directives of the content security policy. */
  readonly policy: readonly string[];
  /**
   * Letters, digits and signs of base 64. It stands in the policy for styles; the UI toolkit reads it from the meta element, because it tries out
   * with a style element of its own whether the browser knows :focus-visible.
   */
  readonly nonce: string;
  /** Which view it is: its script knows from `data-view`. */
  readonly view: string;
  /** Further elements of the head. */
  readonly head: readonly string[];
  readonly body: readonly string[];
}

/** The document of a view, in the editor and on a page of its own: its policy comes before anything that it rules. */
export function htmlDocument({ title, policy, nonce, view, head, body }: HtmlParts): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<title>${escaped(title)}</title>
${head.join('\n')}
</head>
<body data-view="${view}">
${body.join('\n')}
</body>
</html>
`;
}

/** Text as markup shows it, in elements and in quoted attributes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
