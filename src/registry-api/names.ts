/** The grammar of names, tags and digests: OCI distribution-spec 1.1, "Pulling manifests". */

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
const uploadIdPattern = /^[A-Za-z0-9\-_.=]+$/

/** At most 255 characters, as distribution 2.8 limits the whole name. */
export const isRepositoryName = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text)
export const isTag = (text: string): boolean => tagPattern.test(text)
export const isDigest = (text: string): boolean => text.length <= 256 && digestPattern.test(text)
export const isUploadId = (text: string): boolean => text.length <= 256 && uploadIdPattern.test(text)
