type NumberArray = Uint32Array | Int32Array | Float32Array | Uint8Array;

/** A typed array that grows at its end. */
export class Column<A extends NumberArray> {
  private values: A;
  length = 0;

  constructor(private readonly create: new (length: number) => A) {
    this.values = new create(1024);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new this.create(2 * this.values.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index];
  }

  /** What was pushed so far, in an array of its own. */
  toArray(): A {
    const exact = new this.create(this.length);
    exact.set(this.values.subarray(0, this.length));
    return exact;
  }
}
