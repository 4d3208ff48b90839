// A reporter for node's test runner that writes {"passed", "failed", "skipped"} when the run has ended.

/** @param {AsyncIterable<{type: string, data: {nesting: number, message: string}}>} events */
export default async function* counts(events) {
  const seen = { pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  for await (const { type, data } of events) {
    // Node closes a run with one diagnostic per number: "pass 12".
    const match = type === 'test:diagnostic' && data.nesting === 0 && /^(\w+) (\d+)$/.exec(data.message);
    if (match && match[1] in seen) seen[match[1]] = Number(match[2]);
  }
  yield JSON.stringify({
    passed: seen.pass,
    failed: seen.fail + seen.cancelled,
    skipped: seen.skipped + seen.todo,
  });
}
