// The frame around all pages: where one can go, whether what is shown is live, language, appearance, who is signed in.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Band, TourOfDemo } from "../demo/Band";
import { streamState } from "../live/stream";
import { Dialog } from "../parts/dialog";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Toasts } from "../parts/toasts";
import { reading } from "../published/poll";
import { translate as current } from "../published/words";
import { ACCOUNT, homeOf, type Role, role, signOut, who } from "../session/session";
import { translate as field, roleWords } from "../words/field";
import { type Language, language, setLanguage } from "../words/language";
import { LacksPart } from "./renewal";
import { setTheme, THEMES, theme } from "./theme";
import { translate } from "./words";

interface NavLink {
  readonly to: string;
  readonly icon: string;
  readonly words: Parameters<typeof translate>[0];
}

const PUBLIC: readonly NavLink[] = [
  { to: "/", icon: "gauge", words: "water" },
  { to: "/map", icon: "map", words: "map" },
  { to: "/report", icon: "report", words: "report" },
  { to: "/figures", icon: "chart", words: "figures" },
  { to: "/alerts", icon: "bell", words: "alerts" },
];
const OFFICER: readonly NavLink[] = [
  { to: "/officer", icon: "tasks", words: "tasks" },
  { to: "/map", icon: "map", words: "map" },
  { to: "/officer/messages", icon: "bell", words: "messages" },
  { to: "/officer/me", icon: "person", words: "me" },
];
const CONTROL: NavLink = { to: "/control", icon: "dashboard", words: "control" };
const INBOX: NavLink = { to: "/control/inbox", icon: "inbox", words: "inbox" };
const HEADS: NavLink = { to: "/heads", icon: "area", words: "area" };
const ADMIN: NavLink = { to: "/admin", icon: "settings", words: "admin" };
const WATER: NavLink = { to: "/", icon: "gauge", words: "water" };
const FIGURES: NavLink = { to: "/figures", icon: "chart", words: "figures" };

/** Where each role can go; at most five, so that they fit a phone. */
const LINKS: Readonly<Record<Role, readonly NavLink[]>> = {
  citizen: PUBLIC,
  officer: OFFICER,
  area_head: [HEADS, WATER, FIGURES],
  agency_head: [HEADS, WATER, FIGURES],
  leader: [HEADS, CONTROL, WATER, FIGURES],
  operator: [CONTROL, INBOX, HEADS, WATER, FIGURES],
  admin: [ADMIN, CONTROL, HEADS, WATER, FIGURES],
};

const linksOf = (): readonly NavLink[] => (role.value ? LINKS[role.value] : PUBLIC);

export function Shell({ children }: { children: ComponentChildren }): VNode {
  const main = useRef<HTMLElement>(null);
  const { path } = useLocation();
  const isFirst = useRef(true);
  // A new page begins at its top, for eyes and for ears.
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {field("skip")}
      </button>
      <Band />
      <header class="shell-head">
        <a class="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path class="drop" d="M16 2c5 7 9 11 9 17a9 9 0 0 1-18 0c0-6 4-10 9-17z" />
            <path class="wave" d="M9 20c2.300-2 4.700-2 7 0s4.700 2 7 0" />
          </svg>
          Siaga
        </a>
        <Nav path={path} />
        <div class="shell-tools">
          <Connection />
          <Languages />
          <You />
        </div>
      </header>
      <main id="main" class="shell-main" tabIndex={-1} ref={main}>
        <LacksPart />
        <TourOfDemo />
        {children}
      </main>
      <Toasts />
    </>
  );
}

function Nav({ path }: { path: string }): VNode {
  const links = linksOf();
  const isHere = (to: string): boolean => path === to || (to !== "/" && path.startsWith(`${to}/`));
  // The longest that fits is where one is: /officer/me is not also /officer.
  const here = links
    .map((one) => one.to)
    .filter(isHere)
    .sort((a, b) => b.length - a.length)[0];
  return (
    <nav class="shell-nav" aria-label={translate("mainNav")}>
      {links.map((one) => (
        <a key={one.to} href={one.to} aria-current={one.to === here ? "page" : undefined}>
          <Icon name={one.icon} />
          {translate(one.words)}
        </a>
      ))}
    </nav>
  );
}

/** Of the stream where the page has one, else of the published files. */
function Connection(): VNode {
  const isPublished = streamState.value === "off";
  const state = isPublished ? reading.value : streamState.value;
  return (
    <p class="connection" id="connection" data-state={state} role="status">
      {state === "off" ? null : (
        <>
          <span class="dot" aria-hidden="true" />
          <span class="words">{isPublished && state === "live" ? current("current") : field(state)}</span>
        </>
      )}
    </p>
  );
}

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["id", "Bahasa Indonesia"],
  ["en", "English"],
];

function Languages(): VNode {
  return (
    <fieldset class="language" aria-label="Bahasa / Language">
      {LANGUAGES.map(([one, name]) => (
        <button
          key={one}
          type="button"
          lang={one}
          title={name}
          aria-pressed={language.value === one}
          onClick={() => setLanguage(one)}
        >
          {one.toUpperCase()}
        </button>
      ))}
    </fieldset>
  );
}

function You(): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button plain square"
        aria-label={translate("settings")}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <Icon name={who.value ? "person" : "settings"} />
      </button>
      {isOpen ? <Settings onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Settings({ onClose }: { onClose: () => void }): VNode {
  const { route } = useLocation();
  const person = who.value;
  const leave = (to: string): void => {
    onClose();
    route(to);
  };
  return (
    <Dialog title={translate("settings")} onClose={onClose}>
      <SelectField
        label={field("theme")}
        value={theme.value}
        onValue={setTheme}
        options={THEMES.map((one) => [one, field(one)] as const)}
      />
      {person ? (
        <>
          <p>
            {field("signedInAs", { name: person.name })} ({roleWords(person.role)})
          </p>
          <button type="button" class="button" onClick={() => leave(ACCOUNT)}>
            <Icon name="key" />
            {translate("account")}
          </button>
          <div class="row">
            <button type="button" class="button" onClick={() => leave(homeOf(person))}>
              <Icon name="home" />
              {field("home")}
            </button>
            <button type="button" class="button danger" onClick={() => void signOut().then((ended) => (ended ? leave("/") : onClose()))}>
              {field("signOut")}
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="button main" onClick={() => leave("/sign-in")}>
          <Icon name="person" />
          {field("signIn")}
        </button>
      )}
      <button type="button" class="button plain" onClick={() => leave("/data")}>
        <Icon name="download" />
        {translate("data")}
      </button>
    </Dialog>
  );
}
