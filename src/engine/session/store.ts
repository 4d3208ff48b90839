import { LRUCache } from 'lru-cache';
import type { InspectRequest } from '../../protocol/inspection';

/** How many inspections are remembered by their request after their numbers were let go. */
const remembered = 500;
/** Characters that all requests may have together; those about code carry the document around. */
const rememberedCharacters = 32 << 20;

/**
 * Results of inspections: bounded in bytes, least recently used given up first. A result that was given up is made again from its
 * request, which is kept much longer because it is small.
 */
export class ResultStore<Result extends object> {
  private readonly results: LRUCache<string, Result>;
  private readonly requests = new LRUCache<string, InspectRequest>({
    max: remembered,
    maxSize: rememberedCharacters,
    sizeCalculation: ({ text, code, relations }) =>
      1 +
      Math.min(
        rememberedCharacters - 1,
        text.length +
          (code?.document?.length ?? 0) +
          (relations?.content.length ?? 0) +
          (relations?.document?.length ?? 0),
      ),
  });
  private next = 1;

  /** @param budget bytes that all results together may take */
  constructor(
    private readonly budget: number,
    private readonly sizeOf: (result: Result) => number,
  ) {
    this.results = new LRUCache({ maxSize: budget });
  }

  newId(): string {
    return `inspection-${this.next++}`;
  }

  put(id: string, request: InspectRequest, result: Result): void {
    this.requests.set(id, request);
    // A single result larger than the budget is still kept, alone: it is being looked at.
    this.results.set(id, result, { size: Math.min(this.budget, Math.max(1, this.sizeOf(result))) });
  }

  get(id: string): Result | undefined {
    return this.results.get(id);
  }

  requestOf(id: string): InspectRequest | undefined {
    return this.requests.get(id);
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.results.calculatedSize;
  }
}
