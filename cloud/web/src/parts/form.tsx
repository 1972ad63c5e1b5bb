// Fields that say what they want, what is wrong, and say it to screen readers too.

import type { ComponentChildren, InputHTMLAttributes, VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { translate } from "../words/field";
import { failureWords } from "./failure";
import { giveBack } from "./focus";
import { toast } from "./toasts";

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly wrong?: string | null;
  readonly children: (control: {
    id: string;
    "aria-describedby"?: string;
    "aria-invalid"?: "true";
  }) => ComponentChildren;
}

/** A label with its control: `<Field label="Nama">{(of) => <input class="input" {...of} />}</Field>`. */
export function Field({ label, hint, wrong, children }: FieldProps): VNode {
  const id = useId();
  const noteId = `${id}-note`;
  const note = hint || wrong ? { "aria-describedby": noteId } : {};
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {children({ id, ...note, ...(wrong ? { "aria-invalid": "true" as const } : {}) })}
      {hint || wrong ? (
        <div id={noteId} class={wrong ? "wrong" : "hint"}>
          {wrong || hint}
        </div>
      ) : null}
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly wrong?: string | null;
  readonly name?: string;
  readonly type?: "text" | "password" | "email" | "number" | "search" | "tel" | "date" | "time";
  readonly autocomplete?: "username" | "current-password" | "new-password" | "email" | "tel" | "one-time-code" | "off";
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: "text" | "numeric" | "decimal" | "email" | "search";
  readonly placeholder?: string;
  readonly min?: string;
  readonly max?: string;
}

export function TextField({ label, value, onValue, hint, wrong = null, type = "text", ...more }: TextProps): VNode {
  const given = { ...more, type } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(of) => (
        <input
          class="input"
          autocapitalize="none"
          {...given}
          {...of}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A password that can be looked at: nobody types four words blindly on a small keyboard. */
export function PasswordField(props: Omit<TextProps, "type">): VNode {
  const [isShown, setShown] = useState(false);
  return (
    <div class="stack tight">
      <TextField {...props} type={isShown ? "text" : "password"} />
      <Switch label={translate("showTyped")} on={isShown} onChange={setShown} />
    </div>
  );
}

export function AreaField(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  wrong?: string | null;
  rows?: number;
  maxLength?: number;
}): VNode {
  const { label, value, onValue, hint, wrong = null, rows = 3, maxLength = 4000 } = props;
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(of) => (
        <textarea
          class="input"
          rows={rows}
          maxLength={maxLength}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
          {...of}
        />
      )}
    </Field>
  );
}

export function SelectField<T extends string>(props: {
  label: string;
  value: T;
  onValue: (value: T) => void;
  options: readonly (readonly [value: T, words: string])[];
  hint?: ComponentChildren;
  wrong?: string | null;
}): VNode {
  const { label, value, onValue, options, hint, wrong = null } = props;
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(of) => (
        <select class="input" value={value} onChange={(event) => onValue(event.currentTarget.value as T)} {...of}>
          {options.map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Switch(props: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}): VNode {
  const { label, on, onChange, disabled = false } = props;
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

/** Runs an action once at a time; what the server refuses is shown in a toast. `const [busy, run] = useAction(...)`. */
export function useAction<A extends readonly unknown[]>(
  action: (...args: A) => Promise<unknown>,
): readonly [busy: boolean, run: (...args: A) => void] {
  const [busy, setBusy] = useState(false);
  const run = (...args: A): void => {
    if (busy) return;
    const pressed = document.activeElement;
    setBusy(true);
    action(...args)
      .catch((error: unknown) => toast(failureWords(error), "bad"))
      .finally(() => {
        setBusy(false);
        requestAnimationFrame(() => giveBack(pressed));
      });
  };
  return [busy, run];
}
