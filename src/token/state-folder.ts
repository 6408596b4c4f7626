/** Where the token service keeps what must outlive it: DATA/portcullis/, which several gates may share by a volume. */
import { join } from 'node:path'

/** Paths below `dataFolder`, the value of --data. */
export function statePaths(dataFolder: string) {
  const folder = join(dataFolder, 'portcullis')
  return {
    folder,
    secret: join(folder, 'secret'),
    signingKeys: join(folder, 'token-keys'),
    /** What a registry that checks tokens itself has as rootcertbundle. */
    certificates: join(folder, 'token-keys', 'certificates.pem'),
    identityTokens: join(folder, 'identity-tokens'),
  }
}
