// A cell holds one value that several components show: the link to the daemon, a question, notices.
import { useEffect, useState } from "./html.js";

export function cell(value) {
  const followers = new Set();
  return {
    get: () => value,
    set(next) {
      value = next;
      followers.forEach((follow) => follow(value));
    },
    follow(follow) {
      followers.add(follow);
      return () => followers.delete(follow);
    },
  };
}

export function useCell(of) {
  const [value, setValue] = useState(of.get());
  useEffect(() => {
    setValue(of.get());
    return of.follow(setValue);
  }, [of]);
  return value;
}
