/** One line of a message head; a list of them keeps duplicates and order, which an object would lose. */
export interface HeaderLine {
  readonly name: string
  readonly value: string
}
