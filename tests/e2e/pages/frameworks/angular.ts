// Forms that Angular controls, compiled in the page. The card's fields wear masks of ngx-mask, the code's boxes are ng-otp-input's.

import "@angular/compiler";
import { KeyValuePipe } from "@angular/common";
import { Component, signal } from "@angular/core";
import { FormControl, FormGroup, ReactiveFormsModule } from "@angular/forms";
import { bootstrapApplication } from "@angular/platform-browser";
import { NgOtpInputComponent } from "ng-otp-input";
import { NgxMaskDirective, provideNgxMask } from "ngx-mask";

import { empty, form, submit } from "./page.js";

@Component({
  selector: "[id=app]",
  imports: [KeyValuePipe, NgOtpInputComponent, NgxMaskDirective, ReactiveFormsModule],
  template: `
    @if (received() && (form === "login" || form === "sign-up")) {
      <p>You are signed in.</p>
    } @else {
      <form [formGroup]="group" (ngSubmit)="send()">
        @if (failure()) {
          <p class="error">{{ failure() }}</p>
        }
        @switch (form) {
          @case ("login") {
            <p><label for="user">E-mail</label> <input id="user" formControlName="user" /></p>
            <p>
              <label for="password">Password</label> <input id="password" type="password" formControlName="password" />
            </p>
            <button>Sign in</button>
          }
          @case ("sign-up") {
            <p><label for="email">E-mail</label> <input id="email" type="email" formControlName="email" /></p>
            <p>
              <label for="password">Password</label> <input id="password" type="password" formControlName="password" />
            </p>
            <p>
              <label for="again">Repeat password</label> <input id="again" type="password" formControlName="again" />
            </p>
            <button>Sign up</button>
          }
          @case ("change-password") {
            <p>
              <label for="current">Current password</label>
              <input id="current" type="password" formControlName="current" />
            </p>
            <p><label for="new">New password</label> <input id="new" type="password" formControlName="new" /></p>
            <p>
              <label for="again">Repeat new password</label>
              <input id="again" type="password" formControlName="again" />
            </p>
            <button>Save</button>
          }
          @case ("checkout") {
            <p>
              <label for="number">Card number</label>
              <input id="number" mask="0000 0000 0000 0000" formControlName="number" />
            </p>
            <p><label for="holder">Name on card</label> <input id="holder" formControlName="holder" /></p>
            <p>
              <label for="expiry">Expiry date</label>
              <input id="expiry" mask="M0/00" placeholder="MM/YY" formControlName="expiry" />
            </p>
            <p><label for="code">Security code</label> <input id="code" mask="0009" formControlName="code" /></p>
            <button>Pay</button>
          }
          @case ("code") {
            <p>Type the six digits that your authenticator app shows.</p>
            <ng-otp-input formControlName="otp" [config]="{ length: 6, allowNumbersOnly: true }"></ng-otp-input>
            <button>Continue</button>
          }
        }
      </form>
    }
    <dl data-state>
      @for (entry of group.value | keyvalue; track entry.key) {
        <dt>{{ entry.key }}</dt>
        <dd [attr.data-name]="entry.key">{{ entry.value }}</dd>
      }
    </dl>
    @if (received()) {
      <p data-received>Received.</p>
    }
  `,
})
class App {
  form = form;
  group = new FormGroup(Object.fromEntries(Object.entries(empty).map(([name, text]) => [name, new FormControl(text)])));
  received = signal(false);
  failure = signal("");

  async send() {
    try {
      await submit(this.group.value);
      this.received.set(true);
    } catch (error) {
      this.failure.set(String(error.message));
    }
  }
}

await bootstrapApplication(App, { providers: [provideNgxMask()] });
