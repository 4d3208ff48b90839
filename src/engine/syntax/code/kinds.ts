import type { SyntaxNode } from './tree';

/** Nodes without a head of their own: their members depend on what the list belongs to. */
const listTypes =
  /^(?:program|module|source_file|translation_unit|ERROR|parenthesized_expression|token_tree|jsx_expression|template_substitution|interpolation|compound_statement|named_imports|export_clause|import_clause|switch_block_statement_group|.*(?:block|body|suite|arguments|parameters|_list|_specifiers|block_statements))$/;
/** Lists by name that are values: `{1, 2}` in C++. */
const valueLists: ReadonlySet<string> = new Set(['initializer_list']);

export function isList({ type, named }: SyntaxNode): boolean {
  return named && listTypes.test(type) && !valueLists.has(type);
}

/** Lists whose members are statements or declarations, which no comma parts. */
export function isStatementList(node: SyntaxNode): boolean {
  return (
    /^(?:program|module|source_file|translation_unit|compound_statement|.*(?:block|body|suite|statement_list|declaration_list|block_statements))$/.test(
      node.type,
    ) && isList(node)
  );
}

/** Brackets, commas and their like, which only say where things begin and end. */
export function isDelimiter(node: SyntaxNode, text: string, parent?: SyntaxNode): boolean {
  if (node.named || node.children.length > 0) return false;
  if (/^(?:[()[\]{},;:.'"`]+|\$\{)$/.test(text)) return true;
  // Signs of comparison that are brackets there.
  return (
    /^(?:<|>|<\/|\/>)$/.test(text) &&
    /arguments|argument_list|parameters|parameter_list|element/.test(parent?.type ?? '')
  );
}

/** Words that stand before the keyword which says what a construct is. */
const modifiers =
  /^(?:async|static|public|private|protected|internal|readonly|abstract|declare|override|final|get|set|pub|mut|unsafe|extern|inline|virtual|constexpr|default)$/;

export function isModifier({ type, named }: SyntaxNode): boolean {
  return named
    ? /modifier|decorator|attribute_item|annotation$/.test(type) && type !== 'type_annotation'
    : modifiers.test(type);
}

/** `if`, `return`, `#include` */
export function isKeyword({ type, named, children }: SyntaxNode): boolean {
  return !named && children.length === 0 && /^#?[a-zA-Z]\w*$/.test(type);
}

export function isComment({ type }: SyntaxNode): boolean {
  return type.includes('comment');
}

/** A literal that is one word, whatever it is made of; strings with code in them are not. */
export function isLiteral(node: SyntaxNode): boolean {
  return (
    node.named &&
    node.children.length > 0 &&
    /string|char|regex|heredoc/.test(node.type) &&
    !node.children.some(({ type }) => /interpolation|substitution/.test(type))
  );
}

export function isIdentifier({ type, named, children }: SyntaxNode): boolean {
  return named && children.length === 0 && /identifier(?:_pattern)?$/.test(type);
}

/** Names of members, which mean nothing without what they are members of. */
export function isMemberName({ type }: SyntaxNode): boolean {
  return /^(?:property|field)_identifier$/.test(type);
}

/** What names that are declared inside are not known outside of. */
export function isScope({ type, named }: SyntaxNode): boolean {
  return (
    named &&
    /^(?:program|module|source_file|translation_unit|.*(?:function|method|constructor|lambda|closure|class|interface|impl|catch|block|body|comprehension).*|(?:.*_)?for_.*)$/.test(
      type,
    ) &&
    !/_type$|_declarator$|_clause$|identifier|call|invocation/.test(type)
  );
}

/** The child that says what is called, where the node is a call. */
export function calleeOf({ type, children }: SyntaxNode): SyntaxNode | undefined {
  if (!/call|invocation|new_expression|object_creation/.test(type)) return undefined;
  return ['function', 'constructor', 'macro', 'name', 'type']
    .map((field) => children.find((child) => child.field === field))
    .find((child) => child !== undefined);
}

const headFields = [
  'operator',
  'name',
  'declarator',
  'function',
  'property',
  'attribute',
  'field',
  'definition',
];

/**
 * The child whose head is the head of a node: the keyword that opens it (modifiers before it left out); the arrow of a
 * function without a keyword; else what its grammar calls the operator, the name or the like; else the sign that opens it (`[`, `&`); else its first named child;
 * else its first child. Undefined where all its children are lists.
 */
export function headChild(node: SyntaxNode, text: (node: SyntaxNode) => string): SyntaxNode | undefined {
  const own = node.children.filter((child) => !isComment(child) && !isList(child));
  const opening = own.find((child) => !isModifier(child));
  if (opening && isKeyword(opening)) return opening;
  if (/arrow|lambda|closure/.test(node.type)) {
    const arrow = own.find((child) => !child.named && /^[-=]>$/.test(child.type));
    if (arrow) return arrow;
  }
  for (const field of headFields) {
    const child = own.find((one) => one.field === field);
    // The dot of `a.b` is an operator to some grammars.
    if (child && !(field === 'operator' && /^(?:\??\.|->|::)$/.test(text(child)))) return child;
  }
  const [first] = node.children.filter((child) => !isComment(child));
  if (first && !first.named && !/^[,;:.=)\]}]/.test(text(first))) return first;
  return (
    own.find((child) => child.named && !isModifier(child)) ??
    own.find((child) => !isDelimiter(child, text(child))) ??
    own[0]
  );
}
