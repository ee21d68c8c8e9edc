//! What a person does at one window, told to the display it belongs to: every window event goes on with the display's
//! own window in the place of the host's.

use bevy::ecs::message::Messages;
use bevy::input::keyboard::{KeyboardFocusLost, KeyboardInput};
use bevy::input::mouse::{MouseButtonInput, MouseWheel};
use bevy::input::touch::TouchInput;
use bevy::prelude::*;
use bevy::window::{
    CursorEntered, CursorLeft, CursorMoved, WindowBackendScaleFactorChanged, WindowCloseRequested, WindowCreated,
    WindowEvent, WindowFocused, WindowMoved, WindowOccluded, WindowResized, WindowScaleFactorChanged,
};

/// The window an event is about; `None` for those that are about none.
pub fn window_of(event: &WindowEvent) -> Option<Entity> {
    use WindowEvent as E;
    Some(match event {
        E::CursorEntered(CursorEntered { window })
        | E::CursorLeft(CursorLeft { window })
        | E::CursorMoved(CursorMoved { window, .. })
        | E::WindowBackendScaleFactorChanged(WindowBackendScaleFactorChanged { window, .. })
        | E::WindowCloseRequested(WindowCloseRequested { window })
        | E::WindowFocused(WindowFocused { window, .. })
        | E::WindowMoved(WindowMoved { window, .. })
        | E::WindowOccluded(WindowOccluded { window, .. })
        | E::WindowResized(WindowResized { window, .. })
        | E::WindowScaleFactorChanged(WindowScaleFactorChanged { window, .. })
        | E::MouseButtonInput(MouseButtonInput { window, .. })
        | E::MouseWheel(MouseWheel { window, .. })
        | E::TouchInput(TouchInput { window, .. })
        | E::KeyboardInput(KeyboardInput { window, .. }) => *window,
        _ => return None,
    })
}

/// True for what hands do: keys, buttons, wheels, fingers, and a pointer that moves.
pub fn is_hand(event: &WindowEvent) -> bool {
    match event {
        // Where the pointer lies when the window opens under it is no move.
        WindowEvent::CursorMoved(moved) => moved.delta.is_some_and(|delta| delta != Vec2::ZERO),
        WindowEvent::MouseButtonInput(_)
        | WindowEvent::MouseWheel(_)
        | WindowEvent::TouchInput(_)
        | WindowEvent::PinchGesture(_)
        | WindowEvent::KeyboardInput(_) => true,
        _ => false,
    }
}

/// Tells a display's world of an event, as the window system would: the typed message, then the one in its order. True
/// if it was told.
pub fn forward(event: &WindowEvent, own: Entity, world: &mut World) -> bool {
    use WindowEvent as E;
    /// Writes the message with `window` replaced.
    macro_rules! tell {
        ($($kind:ident),*; $($plain:ident),*) => {
            match event {
                $(E::$kind(message) => {
                    let mut message = message.clone();
                    message.window = own;
                    write(world, message.clone());
                    write(world, E::$kind(message));
                })*
                $(E::$plain(message) => {
                    write(world, message.clone());
                    write(world, E::$plain(message.clone()));
                })*
                _ => return false,
            }
        };
    }
    tell!(
        CursorEntered, CursorLeft, CursorMoved, WindowBackendScaleFactorChanged, WindowFocused, WindowMoved,
        WindowOccluded, WindowResized, WindowScaleFactorChanged, MouseButtonInput, MouseWheel, TouchInput,
        KeyboardInput;
        PinchGesture, PanGesture, KeyboardFocusLost
    );
    // Keys that are held when another window takes the keyboard are let go here.
    if matches!(event, E::WindowFocused(WindowFocused { focused: false, .. })) {
        write(world, KeyboardFocusLost);
        write(world, E::KeyboardFocusLost(KeyboardFocusLost));
    }
    true
}

/// Tells a display's world that its window is there, of this size.
pub fn tell_created(window: &Window, own: Entity, world: &mut World) {
    write(world, WindowCreated { window: own });
    let scale_factor = f64::from(window.resolution.scale_factor());
    write(world, WindowScaleFactorChanged { window: own, scale_factor });
    let (width, height) = (window.resolution.width(), window.resolution.height());
    write(world, WindowResized { window: own, width, height });
}

fn write<M: Message>(world: &mut World, message: M) {
    if let Some(mut messages) = world.get_resource_mut::<Messages<M>>() {
        messages.write(message);
    }
}

#[cfg(test)]
mod tests {
    use bevy::input::ButtonState;

    use super::*;

    #[test]
    fn a_click_reaches_the_display_as_one_on_its_own_window() {
        let mut host = World::new();
        let (_, theirs) = (host.spawn_empty().id(), host.spawn_empty().id());
        let mut world = World::new();
        let own = world.spawn_empty().id();
        assert_ne!(theirs, own);
        world.init_resource::<Messages<MouseButtonInput>>();
        world.init_resource::<Messages<WindowEvent>>();
        world.init_resource::<Messages<KeyboardFocusLost>>();
        let press = MouseButtonInput { button: MouseButton::Left, state: ButtonState::Pressed, window: theirs };
        let event = WindowEvent::MouseButtonInput(press);
        assert_eq!(window_of(&event), Some(theirs));
        assert!(is_hand(&event) && forward(&event, own, &mut world));
        let told: Vec<_> = world.resource_mut::<Messages<MouseButtonInput>>().drain().collect();
        assert_eq!(told, [MouseButtonInput { window: own, ..press }]);
        let ordered: Vec<_> = world.resource_mut::<Messages<WindowEvent>>().drain().collect();
        assert_eq!(ordered.len(), 1);
        assert_eq!(window_of(&ordered[0]), Some(own));

        let lost = WindowEvent::WindowFocused(WindowFocused { window: theirs, focused: false });
        assert!(!is_hand(&lost));
        forward(&lost, own, &mut world);
        assert_eq!(world.resource::<Messages<KeyboardFocusLost>>().len(), 1, "its keys are let go");
    }

    #[test]
    fn a_pointer_that_only_lies_there_is_no_hand() {
        let moved =
            |delta| WindowEvent::CursorMoved(CursorMoved { window: Entity::PLACEHOLDER, position: Vec2::ONE, delta });
        assert!(!is_hand(&moved(None)) && !is_hand(&moved(Some(Vec2::ZERO))));
        assert!(is_hand(&moved(Some(Vec2::X))));
    }
}
