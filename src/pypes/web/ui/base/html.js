// What every component stands on: htm's templates bound to Preact, and Preact's hooks.
import htm from "../vendor/htm.js";
import { h, render } from "../vendor/preact.js";

export { useCallback, useEffect, useId, useMemo, useRef, useState } from "../vendor/hooks.js";
export { render };
export const html = htm.bind(h);
