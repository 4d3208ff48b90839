/** Builds the prompt of the support assistant. */
export function supportPrompt(question: string): string {
  const role = 'You are a helpful assistant who answers the questions of customers.';
  const style = `Answer in one short paragraph, and say so
    when you do not know the answer.`;
  return [role, style, `Question: ${question}`, 'Answer:'].join('\n');
}
