/** Builds the prompt of the support assistant. */
export function supportPrompt(question: string): string {
  const system = 'You are a helpful assistant who answers the questions of customers.';
  const instructions = `Answer in one short paragraph, and say so
    when you do not know the answer.`;
  return [system, instructions, `Question: ${question}`, 'Answer:'].join('\n');
}
