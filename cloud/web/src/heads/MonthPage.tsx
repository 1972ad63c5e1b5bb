// The monthly page: one month of a field on A4, with figures, comparison and a place for signatures; printed by the browser.

import type { VNode } from "preact";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Shown, useLoad } from "../parts/load";
import { categoryWords } from "../words/field";
import { dateAndTime, day, number, percent, span } from "../words/format";
import { MonthsChart } from "./charts";
import {
  type AreaQuery,
  areaName,
  Download,
  type Field,
  Frame,
  fieldName,
  linkTo,
  useAreaQuery,
  useField,
} from "./field";
import {
  change,
  type Figure,
  lastMonths,
  MEASURES,
  type Measure,
  monthOf,
  monthWords,
  progress,
  valueWords,
} from "./figures";
import { headWords, translate } from "./words";

const CHOICES = 24;
const MOST_KINDS = 8;
const MOST_COMPARED = 12;
const MOST_OFFICERS = 8;
const ROWS: readonly Measure[] = [
  "complaints",
  "tasks",
  "resolved",
  "inTime",
  "response",
  "verified",
  "medianResponse",
  "medianResolve",
  "openOverdue",
  "reopened",
];

interface Month {
  readonly overview: Schemas["FiguresOverview"];
  readonly months: Schemas["MonthlyFigures"];
  readonly compared: readonly Figure[];
  readonly officers: readonly Schemas["OfficerFigures"][];
  readonly at: number;
}

async function load(area: AreaQuery, month: string): Promise<Month> {
  const params = { params: { query: { ...area, month } } };
  const [overview, months, compared, officers] = await Promise.all([
    request(api.GET("/api/v1/heads/figures", params)),
    request(api.GET("/api/v1/heads/months", params)),
    request(api.GET("/api/v1/heads/comparison", params)),
    request(api.GET("/api/v1/heads/officers", params)),
  ]);
  return { overview, months, compared, officers, at: Date.now() };
}

export function MonthPage(): VNode {
  const area = useAreaQuery();
  const field = useField();
  const { query, route } = useLocation();
  // A month that is over is what one reports; the running one can be chosen.
  const choices = lastMonths(monthOf(Date.now(), field.zone), CHOICES);
  const month = choices.find((one) => one === query.month) ?? choices[1] ?? "";
  const page = useLoad(() => load(area, month), [area.area, month]);
  return (
    <Frame title={translate("monthly")}>
      <div class="row heads-filters no-print">
        <SelectField
          label={translate("month")}
          value={month}
          onValue={(one) => route(linkTo("/month", area, { month: one }))}
          options={choices.map((one) => [one, monthWords(one, "long")] as const)}
        />
        <button type="button" class="button main" disabled={!page.data} onClick={() => print()}>
          <Icon name="print" />
          {translate("print")}
        </button>
        <Download of="figures" query={{ ...area, month }} />
      </div>
      <Shown of={page}>{(one) => <Paper of={one} field={one.overview.field} />}</Shown>
    </Frame>
  );
}

function Paper({ of, field }: { of: Month; field: Field }): VNode {
  const { overview, months, compared, officers } = of;
  return (
    <article class="paper" id="paper">
      <Head field={field} period={overview.period} />
      <p>{sentence(overview.total)}</p>
      <div class="paper-halves">
        <section>
          <h3>{translate("figures")}</h3>
          <Measures overview={overview} zone={field.zone} />
        </section>
        <section>
          <h3>{translate("byKind")}</h3>
          <Kinds rows={overview.categories} />
        </section>
      </div>
      {months.months.some((one) => one.tasks > 0) ? (
        <section>
          <h3>{translate("overMonths")}</h3>
          <MonthsChart months={months.months} withTable={false} />
        </section>
      ) : null}
      <div class="paper-halves">
        <Compared rows={compared} field={field} />
        <People officers={officers} />
      </div>
      <p class="paper-small">{translate("method")}</p>
      <p class="paper-small">{translate("madeAt", { t: dateAndTime(of.at) })}</p>
      <Signatures field={field} at={of.at} />
    </article>
  );
}

function Head({ field, period }: { field: Field; period: Schemas["FigurePeriod"] }): VNode {
  const over = [...field.path].reverse().slice(0, -1).map(areaName);
  const month = monthWords(period.month ?? "", "long");
  return (
    <header class="paper-head">
      {over.length > 0 ? <p class="paper-over">{over.join(" · ")}</p> : null}
      <p class="paper-name">{fieldName(field)}</p>
      <h2>{translate("reportTitle")}</h2>
      <p>
        {translate("periodOf", {
          t: period.is_over ? month : translate("soFar", { month, t: dateAndTime(period.until) }),
        })}
      </p>
    </header>
  );
}

function sentence(total: Figure): string {
  if (total.tasks === 0) return translate("sentenceNone");
  return translate("sentence", {
    tasks: number(total.tasks),
    dismissed: number(total.dismissed),
    resolved: number(total.resolved),
    share: percent(progress(total)),
    inTime: number(total.done_in_time),
    late: number(total.overdue),
  });
}

function Measures({ overview, zone }: { overview: Schemas["FiguresOverview"]; zone: string }): VNode {
  const { total: now, before, period } = overview;
  const monthBefore = monthOf(Date.parse(period.before_since), zone);
  return (
    <table class="paper-table">
      <thead>
        <tr>
          <th scope="col">{translate("figure")}</th>
          <th scope="col">{monthWords(period.month ?? "")}</th>
          <th scope="col">{monthWords(monthBefore)}</th>
          <th scope="col">{translate("change")}</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.filter((one) => one !== "complaints" || now.complaints !== null).map((measure) => (
          <tr key={measure}>
            <th scope="row">{translate(measure)}</th>
            <td>{valueWords(measure, MEASURES[measure].of(now))}</td>
            <td>{valueWords(measure, MEASURES[measure].of(before))}</td>
            <td>{change(measure, now, before)?.words ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Kinds({ rows }: { rows: readonly Figure[] }): VNode {
  if (rows.length === 0) return <p>–</p>;
  const rest = rows.slice(MOST_KINDS);
  const sum = (of: (one: Figure) => number): number => rest.reduce((all, one) => all + of(one), 0);
  return (
    <table class="paper-table">
      <thead>
        <tr>
          <th scope="col">{translate("kind")}</th>
          <th scope="col">{translate("tasks")}</th>
          <th scope="col">{translate("shortResolved")}</th>
          <th scope="col">{translate("shortInTime")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_KINDS).map((one) => (
          <tr key={one.id}>
            <th scope="row">{categoryWords(one.id)}</th>
            <td>{number(one.tasks)}</td>
            <td>{number(one.resolved)}</td>
            <td>{percent(one.in_time_share)}</td>
          </tr>
        ))}
        {rest.length > 0 ? (
          <tr>
            <th scope="row">{translate("restOf", { n: number(rest.length) })}</th>
            <td>{number(sum((one) => one.tasks))}</td>
            <td>{number(sum((one) => one.resolved))}</td>
            <td>
              {percent(
                shareOf(
                  sum((one) => one.done_in_time),
                  sum((one) => one.done_due),
                ),
              )}
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** What it is made of, else its like; the own stands first and bold. */
function Compared({ rows, field }: { rows: readonly Figure[]; field: Field }): VNode | null {
  const whose = rows.some((one) => one.whose === "below") && field.kind !== "agency" ? "below" : "beside";
  const others = rows.filter((one) => one.whose === whose).sort((a, b) => b.tasks - a.tasks);
  if (rows.every((one) => one.tasks === 0)) return null;
  const shown = [...rows.filter((one) => one.whose === "own"), ...others].slice(0, MOST_COMPARED);
  return (
    <section>
      <h3>{translate("compare")}</h3>
      <table class="paper-table">
        <thead>
          <tr>
            <th scope="col">{translate("name")}</th>
            <th scope="col">{translate("tasks")}</th>
            <th scope="col">{translate("shortResolved")}</th>
            <th scope="col">{translate("shortInTime")}</th>
            <th scope="col">{translate("shortResponse")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.id} class={one.whose === "own" ? "strong" : ""}>
              <th scope="row">{one.name}</th>
              <td>{number(one.tasks)}</td>
              <td>{percent(progress(one))}</td>
              <td>{percent(one.in_time_share)}</td>
              <td>{percent(one.response_share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function People({ officers }: { officers: readonly Schemas["OfficerFigures"][] }): VNode | null {
  const worked = officers.filter((one) => one.period !== null).slice(0, MOST_OFFICERS);
  if (worked.length === 0) return null;
  return (
    <section>
      <h3>{translate("officers")}</h3>
      <table class="paper-table">
        <thead>
          <tr>
            <th scope="col">{translate("name")}</th>
            <th scope="col">{translate("shortResolved")}</th>
            <th scope="col">{translate("shortInTime")}</th>
            <th scope="col">{translate("shortAnswer")}</th>
          </tr>
        </thead>
        <tbody>
          {worked.map(({ user_id, name, period }) => (
            <tr key={user_id}>
              <th scope="row">{name}</th>
              <td>{period ? `${number(period.resolved)} / ${number(period.tasks)}` : "–"}</td>
              <td>{percent(period?.in_time_share)}</td>
              <td>{span(period?.response_median_seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Signatures({ field, at }: { field: Field; at: number }): VNode {
  const [own, above] = field.path;
  const title = field.agency_name
    ? `${headWords("agency")} ${field.agency_name}`
    : own
      ? `${headWords(own.level)} ${own.name}`
      : "";
  return (
    <footer class="paper-signatures">
      {above && !field.agency_name ? (
        <Signature first={translate("known")} title={`${headWords(above.level)} ${above.name}`} />
      ) : (
        <span />
      )}
      <Signature first={own ? `${own.name}, ${day(at)}` : day(at)} title={title} />
    </footer>
  );
}

function Signature({ first, title }: { first: string; title: string }): VNode {
  return (
    <div class="paper-signature">
      <p>{first}</p>
      <p class="strong">{title}</p>
      <p class="paper-line">{translate("signature")}</p>
      <p>{translate("nip")}</p>
    </div>
  );
}
