/** Finds members that have been idle for a while, with one timer for all of them. */

export interface IdleSet<Member> {
  add(member: Member): void
  delete(member: Member): void
}

/** @param onIdle called for a member that stayed in the set for `ms`, at most twice as long; it is no member any more then */
export function createIdleSet<Member>(ms: number, onIdle: (member: Member) => void): IdleSet<Member> {
  let recent = new Set<Member>()
  let before = new Set<Member>()
  let isTimed = false
  const lookLater = () => {
    isTimed = true
    setTimeout(look, ms).unref()
  }
  const look = () => {
    for (const member of before) onIdle(member)
    before = recent
    recent = new Set()
    isTimed = false
    if (before.size > 0) lookLater()
  }
  return {
    add(member) {
      recent.add(member)
      if (!isTimed) lookLater()
    },
    delete(member) {
      if (!recent.delete(member)) before.delete(member)
    },
  }
}
