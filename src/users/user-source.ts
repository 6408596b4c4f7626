/**
 * The port to what knows the users of a gate. Htpasswd files are one source (users/htpasswd); a directory would be
 * another. (decision W1)
 */

export interface User {
  readonly name: string
  /** Opaque; changes whenever the password does. Proofs and tokens are bound to it. A secret: never log it. */
  readonly stamp: string
}

export interface UserSource {
  /** The user as the source knows it now; null for an unknown name. @param usersFile that the route names */
  find(usersFile: string, name: string): User | null
  /**
   * Whether this pair was proved before from this address and still holds; answers at once. From another address it may be a guess like
   * any other. (decision W7)
   */
  isProved(usersFile: string, name: string, password: string, address: string): boolean
  /**
   * Whether the password is the user's.
   * @param address of the client: wrong passwords are counted for it
   * @throws RequestError 'busy' where too many passwords wait to be checked, 'too-many-wrong-passwords' where too many were
   * wrong, 'users-unavailable' where the source cannot be read
   */
  check(usersFile: string, name: string, password: string, address: string): Promise<boolean>
}
