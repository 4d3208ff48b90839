// A reporter for node's test runner that writes {"passed", "failed", "skipped", "failures"} when the run has ended.
// `failures` are the failed tests that hold no others: {"file", "name", "message"}.
import { relative } from 'node:path';

/** @param {AsyncIterable<{type: string, data: any}>} events */
export default async function* counts(events) {
  const seen = { pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
  const failures = [];
  for await (const { type, data } of events) {
    // Node closes a run with one diagnostic per number: "pass 12".
    const match = type === 'test:diagnostic' && data.nesting === 0 && /^(\w+) (\d+)$/.exec(data.message);
    if (match && match[1] in seen) seen[match[1]] = Number(match[2]);
    if (type === 'test:fail' && data.details.error?.failureType !== 'subtestsFailed')
      failures.push({
        file: data.file ? relative(process.cwd(), data.file) : '',
        name: data.name,
        message: String(data.details.error?.cause?.message ?? data.details.error?.message ?? '').split(
          '\n',
        )[0],
      });
  }
  yield JSON.stringify({
    passed: seen.pass,
    failed: seen.fail + seen.cancelled,
    skipped: seen.skipped + seen.todo,
    failures,
  });
}
